/// Sixteen lanes at once, for the few loops that no kernel has. Lane blocks are 16 or 32 wide.
extension UnsafePointer where Pointee == Float {
  @inline(__always) func sixteen(_ i: Int) -> SIMD16<Float> {
    UnsafeRawPointer(self + i).loadUnaligned(as: SIMD16<Float>.self)
  }
}

extension UnsafeMutablePointer where Pointee == Float {
  @inline(__always) func sixteen(_ i: Int) -> SIMD16<Float> {
    UnsafeRawPointer(self + i).loadUnaligned(as: SIMD16<Float>.self)
  }

  @inline(__always) func put(_ x: SIMD16<Float>, _ i: Int) {
    UnsafeMutableRawPointer(self + i).storeBytes(of: x, as: SIMD16<Float>.self)
  }
}
