import CHDF5

/// Room for `count` strings as libhdf5 delivers them, and what they are in Swift.
final class StringMemory {
  private let type: Handle
  private let count: Int
  private let size: Int
  private let variable: Bool
  private let spacePadded: Bool
  private let memory: UnsafeMutableRawPointer

  /// The strings are read in the file's own type. Call with the library held.
  init(type: Handle, count: Int) {
    self.type = type
    self.count = count
    size = H5Tget_size(type.id)
    variable = H5Tis_variable_str(type.id) > 0
    spacePadded = H5Tget_strpad(type.id) == H5T_STR_SPACEPAD
    memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, size * count), alignment: 16)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size * count)
  }

  deinit {
    release()
    memory.deallocate()
  }

  var address: UnsafeMutableRawPointer { memory }

  /// The strings, up to their padding; bytes that are not UTF-8 become U+FFFD.
  func strings() -> [String] {
    var strings: [String] = []
    strings.reserveCapacity(count)
    if variable {
      let pointers = memory.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
      for index in 0..<count { strings.append(pointers[index].map { String(cString: $0) } ?? "") }
    } else {
      let bytes = UnsafeRawBufferPointer(start: memory, count: size * count)
      for index in 0..<count {
        var slice = bytes[index * size..<(index + 1) * size].prefix { $0 != 0 }
        if spacePadded { while slice.last == 32 { slice = slice.dropLast() } }
        strings.append(String(decoding: slice, as: UTF8.self))
      }
    }
    return strings
  }

  /// Frees what libhdf5 allocated for the elements that were read.
  private func release() {
    guard variable else { return }
    Library.enter()
    defer { Library.leave() }
    let pointers = memory.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
    for index in 0..<count {
      H5free_memory(pointers[index])
    }
  }
}
