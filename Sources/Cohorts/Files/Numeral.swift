/// Numbers in remarks.
enum Numeral {
  /// `125`, `249.89`: without a fraction where there is none.
  static func short(_ x: Double) -> String {
    x == x.rounded() && abs(x) < 1e15 ? "\(Int(x))" : "\((x * 1e6).rounded() / 1e6)"
  }
}
