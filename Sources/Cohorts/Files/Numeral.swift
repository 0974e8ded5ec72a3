/// Numbers in remarks.
enum Numeral {
  /// The whole number next to `x`, at most 10^15 away from 0; 0 for `NaN`. A damaged file may hold any number.
  static func whole(_ x: Double) -> Int { x.isNaN ? 0 : Int(min(1e15, max(-1e15, x)).rounded()) }

  /// `125`, `249.89`: without a fraction where there is none.
  static func short(_ x: Double) -> String {
    x == x.rounded() && abs(x) < 1e15 ? "\(Int(x))" : "\((x * 1e6).rounded() / 1e6)"
  }
}
