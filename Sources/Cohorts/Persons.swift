/// Which stays are whose: what must not be on both sides of a split.
///
/// Where a cohort names no subjects every stay is a person of its own, and all that goes by person goes by stay.
public struct Persons: Sendable, Equatable {
  /// Of every stay; persons are numbered from 0 in the order of their first stay. `[N]`
  public let numbers: [Int]
  public let count: Int

  /// - Parameter names: whose each stay is.
  public init(_ names: some Sequence<String>) {
    var known: [String: Int] = [:]
    numbers = names.map { name in
      let number = known[name] ?? known.count
      known[name] = number
      return number
    }
    count = known.count
  }

  /// The stays of each person, ascending. `[count]`
  public var places: [[Int]] {
    var places = [[Int]](repeating: [], count: count)
    for (stay, person) in numbers.enumerated() { places[person].append(stay) }
    return places
  }

  /// What divisions inside training and evaluation keep together: persons; of a single one, who cannot be divided, the
  /// stays. Numbered from 0, one number a stay. `[N]`
  public var units: [Int] { count > 1 ? numbers : Array(numbers.indices) }
}

extension Cohort {
  /// Whose the stays are.
  public var byPerson: Persons { Persons(patients.map(\.person)) }

  /// How many persons of this cohort `other` has too, by subject or identifier.
  ///
  /// Where neither cohort names subjects and the identifiers of either only count its patients (`p0001`, `p0002`, …),
  /// the same identifier says nothing, and the answer is 0.
  public func personsShared(with other: Cohort) -> Int {
    let sides = [self, other]
    let isNamed = sides.contains { $0.patients.contains { $0.subject != nil } }
    guard isNamed || !sides.contains(where: \.identifiersOnlyCount) else { return 0 }
    return Set(patients.map(\.person)).intersection(other.patients.map(\.person)).count
  }

  /// Whether identifiers are one text with the numbers from 0, or from 1, in their order.
  private var identifiersOnlyCount: Bool {
    guard patients.count > 1, let first = patients.first?.id else { return false }
    let text = first.prefix { !$0.isNumber }
    guard let start = Int(first.dropFirst(text.count)), start == 0 || start == 1 else { return false }
    return patients.enumerated().allSatisfy { place, patient in
      patient.id.hasPrefix(text) && Int(patient.id.dropFirst(text.count)) == start + place
    }
  }
}
