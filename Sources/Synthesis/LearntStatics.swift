import Cohorts

/// What of the statics and outcomes is learnt: no identifiers, no extremes and no labels that only a few patients
/// have. All that comes after sees ``covariates`` and rows made by ``learnt(_:)`` alone, so that neither the model nor
/// what it generates can hold the rest.
///
/// k patients (``fewest(of:)``) are enough to hide among. Of a number, the outermost values that fewer than k have are
/// replaced, each tail of at least k patients by its mean, rounded as the values are (microaggregation: Defays and
/// Anwar, 1998, J Off Stat 14:449). Labels that fewer than k have become one label, `other`, or missing where even
/// these are fewer than k. Of a yes or no, and of sex, no label is a secret, and both stay.
struct LearntStatics: Sendable {
  /// As they are learnt.
  let covariates: [Covariate]
  /// What was left out or put together, one sentence each.
  let remarks: [String]
  /// Of each of ``covariates`` its place among the cohort's, and what happens to its values.
  private let kept: [(place: Int, rule: Rule)]

  private enum Rule {
    case asItIs
    /// Up to the first limit, and from the second on, values are those given.
    case numbers(low: Tail?, high: Tail?)
    /// The new code of each label; `nil` for missing.
    case labels([Int?])
    case missing
  }

  private struct Tail {
    /// The value nearest to the middle that is replaced.
    var limit: Float
    var value: Float
  }

  /// - Parameters:
  ///   - rows: of the stays, `[N][S]`.
  ///   - persons: whose they are.
  ///   - seen: the stays that training sees; limits of numbers are theirs.
  ///   - patients: in the cohort, where the stays are a sample of it.
  init(
    _ all: [Covariate], rows: [[Float]], of persons: Persons, seen: [Int], patients: Int? = nil
  ) {
    var covariates: [Covariate] = []
    var remarks: [String] = []
    var kept: [(place: Int, rule: Rule)] = []
    let fewest = Self.fewest(of: persons.count)
    for (s, covariate) in all.enumerated() {
      let values = rows.map { $0[s] }
      if let found = covariate.identification(values: values, persons: persons, patients: patients) {
        remarks.append("\(covariate.name) \(found): left out")
        continue
      }
      var learnt = covariate
      func known(_ stays: some Sequence<Int>) -> [(Float, Int)] {
        stays.map { (values[$0], persons.numbers[$0]) }.filter { $0.0.isFinite }
      }
      var rule = Rule.asItIs
      if fewest > 1 {
        switch covariate.kind {
        case .continuous:
          rule = Self.rule(forNumbers: known(seen), of: covariate, fewest: fewest, &remarks)
        case .categorical(let labels):
          rule = Self.rule(
            forLabels: labels, of: &learnt, known(rows.indices), fewest: fewest,
            isSample: patients.map { $0 > rows.count } ?? false, &remarks)
        }
      }
      covariates.append(learnt)
      kept.append((s, rule))
    }
    (self.covariates, self.remarks, self.kept) = (covariates, remarks, kept)
  }

  /// How many patients a value must be of: 5, or a twentieth of fewer than 100, but at least 2. A cohort of one person
  /// is about that person, and nothing of it is hidden.
  static func fewest(of persons: Int) -> Int { persons < 2 ? 1 : min(5, max(2, persons / 20)) }

  /// A row of the cohort, as it is learnt.
  func learnt(_ row: [Float]) -> [Float] {
    kept.map { place, rule in
      let value = row[place]
      guard value.isFinite else { return .nan }
      switch rule {
      case .asItIs: return value
      case .missing: return .nan
      case .numbers(let low, let high):
        if let low, value <= low.limit { return low.value }
        if let high, value >= high.limit { return high.value }
        return value
      case .labels(let codes):
        guard codes.indices.contains(Int(value)) else { return .nan }
        return codes[Int(value)].map(Float.init) ?? .nan
      }
    }
  }

  private static func rule(
    forNumbers known: [(Float, Int)], of covariate: Covariate, fewest: Int, _ remarks: inout [String]
  ) -> Rule {
    guard !known.isEmpty else { return .asItIs }
    guard Set(known.map(\.1)).count >= fewest else {
      remarks.append("\(covariate.name) is known of fewer than \(fewest) patients and counts as missing")
      return .missing
    }
    let sorted = known.sorted { $0.0 < $1.0 }
    let low = tail(sorted, fewest: fewest)
    let high = tail(sorted.reversed(), fewest: fewest)
    if let low, let high, low.limit >= high.limit {
      // Too few values for two tails: all have the mean.
      let step = gridStep(sorted)
      let mean = rounded(sorted.reduce(0) { $0 + Double($1.0) } / Double(sorted.count), step)
      return .numbers(low: Tail(limit: .infinity, value: mean), high: nil)
    }
    return low == nil && high == nil ? .asItIs : .numbers(low: low, high: high)
  }

  /// The outermost values that at least `fewest` persons have together; `nil` where the outermost alone is enough.
  /// Their mean stands for them, or the innermost where as many have that one alone.
  ///
  /// - Parameter known: values and persons, the outermost first.
  private static func tail(_ known: [(Float, Int)], fewest: Int) -> Tail? {
    let extreme = known[0].0
    var limit = extreme
    var persons: Set<Int> = []
    var own: Set<Int> = []
    var sum = 0.0
    var count = 0
    for (value, person) in known {
      if value != limit {
        if persons.count >= fewest { break }
        (limit, own) = (value, [])
      }
      persons.insert(person)
      own.insert(person)
      sum += Double(value)
      count += 1
    }
    guard limit != extreme else { return nil }
    guard own.count < fewest else { return Tail(limit: limit, value: limit) }
    let step = gridStep(known)
    var value = rounded(sum / Double(count), step)
    if value == extreme {
      value = step.map { rounded(Double(extreme) + Double(limit < extreme ? -$0 : $0), $0) } ?? limit
    }
    return Tail(limit: limit, value: value)
  }

  /// What values are whole multiples of: 1, 0.1 or nothing.
  private static func gridStep(_ known: [(Float, Int)]) -> Float? {
    if known.allSatisfy({ $0.0 == $0.0.rounded() }) { return 1 }
    return Column.areTenths(known.map(\.0)) ? 0.1 : nil
  }

  private static func rounded(_ mean: Double, _ step: Float?) -> Float {
    switch step {
    case 1: Float(mean.rounded())
    case .some: Float((mean * 10).rounded() / 10)
    case nil: Float(mean)
    }
  }

  /// Labels of a yes or no, and of sex.
  private static let answers: Set<String> = [
    "no", "yes", "n", "y", "false", "true", "f", "m", "w", "female", "male", "woman", "man", "alive", "dead",
    "survived", "died", "deceased", "expired", "absent", "present", "negative", "positive",
  ]

  /// - Parameters:
  ///   - known: codes and persons of all stays, held out or not.
  ///   - isSample: whether these are not all: then a label that none of them has may be somebody's.
  private static func rule(
    forLabels labels: [String], of covariate: inout Covariate, _ known: [(Float, Int)], fewest: Int,
    isSample: Bool, _ remarks: inout [String]
  ) -> Rule {
    var persons = [Set<Int>](repeating: [], count: labels.count)
    for (value, person) in known where persons.indices.contains(Int(value)) {
      persons[Int(value)].insert(person)
    }
    let rare = labels.indices.filter {
      persons[$0].count < fewest && (isSample || !persons[$0].isEmpty)
    }
    guard !rare.isEmpty else { return .asItIs }
    if labels.count == 2, labels.allSatisfy({ answers.contains($0.lowercased()) || Int($0) != nil }) {
      for label in rare {
        remarks.append(
          "\(covariate.name) is \(labels[label]) in \(persons[label].count) of the patients only, and is generated so "
            + "all the same")
      }
      return .asItIs
    }
    let together = rare.reduce(into: Set<Int>()) { $0.formUnion(persons[$1]) }.count
    let other = labels.firstIndex { $0.lowercased() == "other" }
    let pools = together >= fewest || (other.map { persons[$0].count >= fewest } ?? false)
    var names = labels.indices.filter { !rare.contains($0) || (pools && $0 == other) }.map { labels[$0] }
    if pools, other == nil { names.append("other") }
    let pool = pools ? names.firstIndex { $0.lowercased() == "other" } : nil
    covariate.kind = .categorical(labels: names)
    let one = rare.count == 1
    remarks.append(
      "\(covariate.name): \(rare.count) \(one ? "label" : "labels") of fewer than \(fewest) patients "
        + (pools ? "\(one ? "is" : "are") learnt as other" : "\(one ? "counts" : "count") as missing"))
    return .labels(labels.indices.map { rare.contains($0) ? pool : names.firstIndex(of: labels[$0]) })
  }
}
