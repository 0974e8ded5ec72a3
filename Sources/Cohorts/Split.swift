extension Cohort {
  /// The places of each person's stays, persons in the order of their first.
  public var persons: [[Int]] { byPerson.places }

  /// Divides the persons at random: all stays of about `fraction` of them in the first part, those of the others in
  /// the second, each in the order of the cohort.
  ///
  /// With two persons or more, neither part is empty; a single one goes to the first part.
  public func split(
    fraction: Double, using rng: inout some RandomNumberGenerator
  ) -> (Cohort, Cohort) {
    split(fraction: fraction, keeping: persons, using: &rng)
  }

  /// Two parts to compare with each other, divided as ``split(fraction:using:)`` does, but that the stays of a single
  /// person, who cannot be divided, are divided whoever they are of.
  public func halves(using rng: inout some RandomNumberGenerator) -> (Cohort, Cohort) {
    split(fraction: 0.5, keeping: Persons(byPerson.units.map(String.init)).places, using: &rng)
  }

  /// - Parameter groups: places of stays that stay together.
  private func split(
    fraction: Double, keeping groups: [[Int]], using rng: inout some RandomNumberGenerator
  ) -> (Cohort, Cohort) {
    let (first, second) = Self.parts(groups.count, fraction: fraction, using: &rng)
    func stays(_ part: [Int]) -> Cohort { selecting(patients: part.flatMap { groups[$0] }.sorted()) }
    return (stays(first), stays(second))
  }

  /// Every stay cut into windows of `window` frames that do not overlap, each a patient of its own, named
  /// after its place: `bed7/0003`. The last window of a stay may be shorter.
  public func windows(of window: Int, clock: FrameClock) -> Cohort {
    precondition(window >= 1, "a window has at least one frame")
    var windows = self
    windows.patients = []
    for patient in patients {
      let total: Int = clock.frames(of: patient, channels: channels)
      for (number, start) in stride(from: 0, to: total, by: window).enumerated() {
        var part = clock.part(of: patient, frames: start..<min(start + window, total), channels: channels)
        part.subject = patient.person
        let digits = String(number)
        part.id = patient.id + "/" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        windows.patients.append(part)
      }
    }
    return windows
  }

  /// Cuts every stay into windows of `window` frames that do not overlap, and divides the windows at random
  /// whoever they are of; for one long series.
  public func splitByWindow(
    fraction: Double, window: Int, clock: FrameClock, using rng: inout some RandomNumberGenerator
  ) -> (Cohort, Cohort) {
    let all = windows(of: window, clock: clock)
    let (first, second) = Self.parts(all.patients.count, fraction: fraction, using: &rng)
    return (all.selecting(patients: first), all.selecting(patients: second))
  }

  /// Cuts every stay at one moment: the first `fraction` of its frames in the first part, the others in the
  /// second. A patient whose part would be empty is left out of it.
  public func splitByTime(fraction: Double, clock: FrameClock) -> (Cohort, Cohort) {
    Self.check(fraction)
    var early = self
    var late = self
    early.patients = []
    late.patients = []
    for patient in patients {
      let total: Int = clock.frames(of: patient, channels: channels)
      let cut = Self.share(of: total, fraction: fraction)
      if cut > 0 {
        early.patients.append(clock.part(of: patient, frames: 0..<cut, channels: channels))
      }
      if cut < total {
        late.patients.append(clock.part(of: patient, frames: cut..<total, channels: channels))
      }
    }
    return (early, late)
  }

  private static func parts(
    _ count: Int, fraction: Double, using rng: inout some RandomNumberGenerator
  ) -> ([Int], [Int]) {
    check(fraction)
    let order = Array(0..<count).shuffled(using: &rng)
    let size = share(of: count, fraction: fraction)
    return (order.prefix(size).sorted(), order.dropFirst(size).sorted())
  }

  /// `fraction` of `count`, leaving something on both sides where that is possible.
  private static func share(of count: Int, fraction: Double) -> Int {
    count < 2 ? count : min(max(1, Int((fraction * Double(count)).rounded())), count - 1)
  }

  private static func check(_ fraction: Double) {
    precondition(fraction > 0 && fraction < 1, "a fraction lies between 0 and 1")
  }
}
