import Foundation

/// A number type that the plain kernels are written for: Float, as the fast kernels compute, and Double,
/// for comparing gradients with central differences.
protocol PlainReal: BinaryFloatingPoint {
  static func exp(_ x: Self) -> Self
  static func log(_ x: Self) -> Self
  static func log1p(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
}

extension Float: PlainReal {
  static func exp(_ x: Float) -> Float { Foundation.exp(x) }
  static func log(_ x: Float) -> Float { Foundation.log(x) }
  static func log1p(_ x: Float) -> Float { Foundation.log1p(x) }
  static func tanh(_ x: Float) -> Float { Foundation.tanh(x) }
}

extension Double: PlainReal {
  static func exp(_ x: Double) -> Double { Foundation.exp(x) }
  static func log(_ x: Double) -> Double { Foundation.log(x) }
  static func log1p(_ x: Double) -> Double { Foundation.log1p(x) }
  static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }
}

/// The kernels of `CKernels.h`, written to be read: same arguments, same layout, one loop per letter. They are
/// the reference in the tests of the fast ones, and a whole training run can use them.
///
/// Arrays are in lane layout: a step is `[feature][lane]`, a stride leads from one step to the next.
enum Plain<Real: PlainReal> {
  typealias Input = UnsafePointer<Real>
  typealias Output = UnsafeMutablePointer<Real>

  /// 1 / (1 + e^-x); e^-x may overflow to infinity, which gives 0.
  static func sigmoid(_ x: Real) -> Real { 1 / (1 + Real.exp(-x)) }
}
