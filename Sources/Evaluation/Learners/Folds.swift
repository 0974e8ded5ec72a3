import Tensors

/// Groups dealt into folds, so that a few fits test every group once.
struct Folds: Sendable {
  static let count = 5

  /// Indices of each fold.
  private let members: [[Int]]

  /// `nil` for fewer groups than folds.
  init?(groups: [Int], using rng: inout Philox) {
    let names = Array(Set(groups)).sorted().shuffled(using: &rng)
    guard names.count >= Self.count else { return nil }
    var fold: [Int: Int] = [:]
    for (i, name) in names.enumerated() { fold[name] = i % Self.count }
    var members = [[Int]](repeating: [], count: Self.count)
    for (i, group) in groups.enumerated() { members[fold[group] ?? 0].append(i) }
    self.members = members
  }

  /// Three fifths to learn from, one to stop by and one to test on.
  func parts(_ number: Int) -> (training: [Int], validation: [Int], test: [Int]) {
    let (test, validation) = (number % Self.count, (number + 1) % Self.count)
    let training = members.indices.filter { $0 != test && $0 != validation }.flatMap { members[$0] }
    return (training, members[validation], members[test])
  }
}
