/// Floors whose spread comes from a few fits of a learner.
///
/// Student's interval of two fits is 70 times as wide as that of five: a floor that reaches so far holds any
/// score, and calling a score good for lying in it would say nothing.
enum FewRepeats {
  /// Of more fits nobody thinks.
  private static let most = 100

  /// Why a floor says nothing, with the number of repeats that would do; `nil` where it says something.
  ///
  /// - Parameters:
  ///   - deviation: of a single fit, on the scale of the floor's interval.
  ///   - reach: how far from its mean the floor may reach, above 0: where what no use allows would pass.
  ///   - degrees: of freedom, for a number of repeats.
  static func reason(
    repeats: Int, deviation: Double, reach: Double, degrees: (Int) -> Int = { $0 - 1 }
  ) -> String? {
    guard degrees(repeats) > 0 else {
      return "Not measured: a single fit does not tell how much fits differ by chance; "
        + "--repeats \(EvaluationSettings().repeats) would do."
    }
    func isEnough(_ n: Int) -> Bool {
      Estimates.studentQuantile(0.9995, degrees: degrees(n)) * deviation
        * (1 + 1 / Double(n)).squareRoot() <= reach
    }
    guard !isEnough(repeats) else { return nil }
    let start = "Not measured: \(repeats) fits differ so much that what no use allows would pass for chance; "
    guard repeats < most, let enough = (repeats + 1...most).first(where: isEnough) else {
      return start + "no more repeats than \(most) would help."
    }
    return start + "--repeats \(enough) would do."
  }
}
