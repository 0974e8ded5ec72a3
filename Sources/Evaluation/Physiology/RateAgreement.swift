/// How two ways of finding a rate agree, epoch by epoch (Bland and Altman, 1986, Lancet 327:307).
struct RateAgreement {
  /// Pairs of rates of one stay, in events a minute.
  typealias Pairs = [(Double, Double)]

  /// Rows of n, Σ|d| and Σd, for d = first − second.
  static func sums(_ pairs: [Pairs], of persons: [Int]) -> PatientSums {
    PatientSums(
      pairs.map { pairs in
        guard !pairs.isEmpty else { return nil }
        return pairs.reduce(into: [0, 0, 0]) { row, pair in
          row[0] += 1
          row[1] += abs(pair.0 - pair.1)
          row[2] += pair.0 - pair.1
        }
      }, of: persons)
  }

  /// The pairs of epochs in which both are known.
  static func pairs(_ a: [Double?], _ b: [Double?]) -> Pairs {
    zip(a, b).compactMap { a, b in a.flatMap { a in b.map { (a, $0) } } }
  }

  /// Value: the mean size of the difference in the synthetic cohort.
  ///
  /// - Parameters:
  ///   - what: what is compared with what, as in `the HR channel and the wave's rate`.
  ///   - persons: whose the stays of each side are.
  static func finding(
    _ name: String, _ title: String, what: String, unit: String, real: [Pairs], synthetic: [Pairs],
    of persons: (real: [Int], synthetic: [Int]), negligible: Double, bad: Double, context: Context
  ) -> Finding {
    let sums = (Self.sums(real, of: persons.real), Self.sums(synthetic, of: persons.synthetic))
    guard
      let size = SidedNumber(
        sums.0, sums.1, bounds: 0 ... .infinity, context: context, statistic: { $0[1] / $0[0] })
    else {
      return .unmeasured(
        name, title,
        "\(what.prefix(1).uppercased() + what.dropFirst()) are never known at one time in the "
          + "\(sums.0.count == 0 ? "real" : "synthetic") cohort.")
    }
    let bias: (PatientSums) -> String = { sums in
      let total = sums.total()
      return Wording.number(total[2] / total[0])
    }
    return .physiology(
      name, title, size.synthetic, size.interval, size.floor,
      Judgement(negligible: size.real + negligible, bad: size.real + bad),
      "In the synthetic cohort \(what) are \(Wording.number(size.synthetic)) \(unit) apart (mean difference "
        + "\(bias(sums.1))), in the real one \(Wording.number(size.real)) (mean difference \(bias(sums.0))).")
  }

  private static let mostPoints = 800

  /// Difference over mean of every epoch, or of an even choice of them.
  static func exhibit(
    _ name: String, _ title: String, what: String, unit: String, real: [Pairs], synthetic: [Pairs]
  ) -> Exhibit? {
    func curve(_ pairs: [Pairs], _ role: Exhibit.Role) -> Exhibit.Curve {
      let all = pairs.flatMap { $0 }
      let step = max(1, (all.count + mostPoints - 1) / mostPoints)
      let chosen = stride(from: 0, to: all.count, by: step).map { all[$0] }
      return Exhibit.Curve(
        label: role.rawValue, role: role, x: chosen.map { ($0.0 + $0.1) / 2 }, y: chosen.map { $0.0 - $0.1 })
    }
    let curves = [curve(real, .real), curve(synthetic, .synthetic)]
    guard curves.contains(where: { !$0.x.isEmpty }) else { return nil }
    return Exhibit(
      name: name, part: .physiology, title: title,
      caption:
        "Difference of \(what), by epoch. Points away from 0 in the synthetic cohort alone say that its "
        + "channels do not belong together.",
      form: .points, xLabel: "mean of both (\(unit))", yLabel: "difference (\(unit))", curves: curves)
  }
}
