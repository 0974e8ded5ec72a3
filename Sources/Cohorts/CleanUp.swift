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
        let found = Self.count(cohort.patients[p].series[c].values, plausible[c])
        // A series without any is not touched, and so not copied.
        guard found.total > 0 else { continue }
        counts[c].infinite += found.infinite
        counts[c].implausible += found.implausible
        Self.clean(&cohort.patients[p].series[c].values, plausible[c])
      }
    }
    return counts
  }

  private static func count(_ values: [Float], _ range: ClosedRange<Float>?) -> Count {
    let (low, high) = (range?.lowerBound ?? -.infinity, range?.upperBound ?? .infinity)
    var count = Count()
    for value in values where value < low || value > high || value.isInfinite {
      if value.isInfinite { count.infinite += 1 } else { count.implausible += 1 }
    }
    return count
  }

  private static func clean(_ values: inout [Float], _ range: ClosedRange<Float>?) {
    let (low, high) = (range?.lowerBound ?? -.infinity, range?.upperBound ?? .infinity)
    for i in values.indices where values[i] < low || values[i] > high || values[i].isInfinite {
      values[i] = .nan
    }
  }
}
