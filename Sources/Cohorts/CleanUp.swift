/// Makes values missing that cannot be measurements: infinite ones, and ones outside the plausible range of
/// their channel.
public struct CleanUp: Sendable {
  /// `nil` where every finite value is plausible. `[C]`
  public let plausible: [ClosedRange<Float>?]

  /// What was found in one channel.
  public struct Count: Sendable, Equatable {
    /// Values that are infinite.
    public var infinite = 0
    /// Values that are finite, but outside the plausible range.
    public var implausible = 0
    public var total: Int { infinite + implausible }
    public init(infinite: Int = 0, implausible: Int = 0) {
      self.infinite = infinite
      self.implausible = implausible
    }
  }

  public init(plausible: [ClosedRange<Float>?]) {
    self.plausible = plausible
  }

  /// Makes implausible and infinite values of `cohort` `NaN`, and counts them per channel.
  public func apply(to cohort: inout Cohort) -> [Count] {
    precondition(plausible.count == cohort.channels.count, "one range, or nil, per channel")
    var counts = [Count](repeating: Count(), count: plausible.count)
    for p in cohort.patients.indices {
      for c in plausible.indices {
        for i in cohort.patients[p].series[c].values.indices {
          let value = cohort.patients[p].series[c].values[i]
          if value.isInfinite {
            counts[c].infinite += 1
          } else if !value.isNaN, let range = plausible[c], !range.contains(value) {
            counts[c].implausible += 1
          } else {
            continue
          }
          cohort.patients[p].series[c].values[i] = .nan
        }
      }
    }
    return counts
  }
}
