import Cohorts
import Networks
import Tensors

/// All that was found out about a synthetic cohort.
public struct Evaluation: Sendable {
  public var verdict: Verdict
  public var findings: [Finding]
  public var exhibits: [Exhibit]
  public var remarks: [String]
  public var facts: Facts

  public struct Facts: Sendable, Codable, Equatable {
    public var realPatients: Int
    public var syntheticPatients: Int
    public var holdoutPatients: Int?
    public var realWindows: Int
    public var syntheticWindows: Int
    public var window: Int
    public var channels: [String]
    /// In one of the cohorts only: ``onlyInReal``, then ``onlyInSynthetic``.
    public var unmatched: [String]
    public var onlyInReal: [String] = []
    public var onlyInSynthetic: [String] = []
    public var settings: EvaluationSettings
  }

  /// Value by name: what public tables list.
  public var scores: [String: Double] {
    Dictionary(findings.compactMap { finding in finding.value.map { (finding.name, $0) } }) { first, _ in
      first
    }
  }

  public enum Event: Sendable {
    case began(measure: String, number: Int, of: Int)
    /// Of the whole run.
    case progress(share: Double)
    case found(Finding)
  }

  /// Measures `material`.
  ///
  /// - Parameter report: told what happens; what it throws ends the run.
  public init(
    of material: Material, by measures: [any Measure], settings: EvaluationSettings, kernels: Kernels,
    threads: Int, report: @escaping @Sendable (Event) throws -> Void = { _ in }
  ) throws {
    let parallel = Parallel(threads: threads)
    let measures = material.isComparable ? measures : measures.filter { $0 is SetAsideChannels }
    let costs = measures.map { max($0.cost(material, settings), 1e-3) }
    let total = costs.reduce(0, +)
    var before = 0.0
    var all = Outcome()
    for (number, measure) in measures.enumerated() {
      try report(.began(measure: measure.name, number: number + 1, of: measures.count))
      let (start, cost) = (before, costs[number])
      let context = Context(settings, kernels: kernels, parallel: parallel) { share in
        try report(.progress(share: (start + cost * share) / total))
      }
      let outcome = try measure.run(material, context)
      for finding in outcome.findings { try report(.found(finding)) }
      all.findings += outcome.findings
      all.exhibits += outcome.exhibits
      all.remarks += outcome.remarks
      before += cost
    }
    findings = all.findings
    exhibits = all.exhibits
    remarks = material.remarks + all.remarks
    verdict = Self.verdict(of: all.findings)
    facts = Facts(
      realPatients: material.real.cohort.patients.count,
      syntheticPatients: material.synthetic.cohort.patients.count,
      holdoutPatients: material.holdout?.cohort.patients.count, realWindows: material.real.windows.count,
      syntheticWindows: material.synthetic.windows.count, window: material.window,
      channels: material.isComparable ? material.channels.map(\.name) : [],
      unmatched: material.onlyInReal + material.onlyInSynthetic, onlyInReal: material.onlyInReal,
      onlyInSynthetic: material.onlyInSynthetic, settings: settings)
  }

  /// The worst of the findings that were measured. A cohort flagged for memorisation cannot be good whatever
  /// else it is, and neither can one of which nothing could be measured.
  static func verdict(of findings: [Finding]) -> Verdict {
    findings.filter(\.isMeasured).map(\.verdict).max() ?? .notMeasured
  }
}
