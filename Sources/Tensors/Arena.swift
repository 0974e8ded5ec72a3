#if canImport(Glibc)
  import Glibc
#endif

/// Memory for the numbers of one training step: handed out in order, given back all at once.
final class Arena {
  private var slabs: [(base: UnsafeMutablePointer<Float>, capacity: Int)] = []
  private var slab = 0
  private var usedOfSlab = 0
  /// Floats handed out since the last reset.
  private(set) var used = 0

  /// How often memory was asked of the system.
  var slabCount: Int { slabs.count }

  deinit {
    for slab in slabs { slab.base.deallocate() }
  }

  /// `count` floats, not cleared, aligned to 64 bytes.
  func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let size = (count + 15) & ~15
    used += size
    while true {
      if slab == slabs.count {
        slabs.append(Self.makeSlab(atLeast: max(size, 1 << 20)))
      }
      if usedOfSlab + size <= slabs[slab].capacity {
        defer { usedOfSlab += size }
        return slabs[slab].base + usedOfSlab
      }
      slab += 1
      usedOfSlab = 0
    }
  }

  func reset() {
    slab = 0
    usedOfSlab = 0
    used = 0
  }

  private static func makeSlab(atLeast count: Int) -> (UnsafeMutablePointer<Float>, Int) {
    (LargeMemory.allocate(count), count)
  }
}

/// Memory in large pages where the system has them: a training step goes through tens of megabytes, and in
/// small pages it would wait for addresses as well as for numbers.
enum LargeMemory {
  private static let page = 1 << 21

  static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = max(count, 1) * 4
    let isLarge = bytes >= page
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? page : 64)
    #if os(Linux)
      // A hint: without large pages everything works all the same.
      if isLarge { _ = madvise(memory, bytes / page * page, MADV_HUGEPAGE) }
    #endif
    return memory.bindMemory(to: Float.self, capacity: max(count, 1))
  }
}

/// Floats aligned for the kernels, cleared at first and freed with their owner.
public final class Floats {
  public let count: Int
  public let base: UnsafeMutablePointer<Float>

  public init(_ count: Int) {
    self.count = count
    base = LargeMemory.allocate(count)
    base.initialize(repeating: 0, count: max(count, 1))
  }

  public convenience init(_ values: [Float]) {
    self.init(values.count)
    for (i, value) in values.enumerated() { base[i] = value }
  }

  deinit { base.deallocate() }

  public var array: [Float] {
    get { Array(UnsafeBufferPointer(start: base, count: count)) }
    set {
      precondition(newValue.count == count, "the size is fixed")
      for (i, value) in newValue.enumerated() { base[i] = value }
    }
  }

  public func clear() {
    base.update(repeating: 0, count: count)
  }

  public func copy(from other: Floats) {
    precondition(other.count == count, "sizes differ")
    base.update(from: other.base, count: count)
  }
}
