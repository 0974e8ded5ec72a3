extension Evaluation {
  /// An evaluation put together from parts that are there already; the verdict follows from the findings.
  public init(findings: [Finding], exhibits: [Exhibit] = [], remarks: [String] = [], facts: Facts) {
    self.findings = findings
    self.exhibits = exhibits
    self.remarks = remarks
    self.facts = facts
    verdict = Self.verdict(of: findings)
  }
}
