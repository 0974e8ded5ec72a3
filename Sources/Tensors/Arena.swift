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
        slabs.append(Self.makeSlab(atLeast: max(size, 1 << 16)))
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
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
    return (memory.bindMemory(to: Float.self, capacity: count), count)
  }
}

/// Floats aligned for the kernels, cleared at first and freed with their owner.
public final class Floats {
  public let count: Int
  public let base: UnsafeMutablePointer<Float>

  public init(_ count: Int) {
    self.count = count
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
    base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
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
