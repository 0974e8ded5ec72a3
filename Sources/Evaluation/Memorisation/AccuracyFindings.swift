import Privacy
import Tensors

/// Findings of the nearest neighbour judge: its accuracy against the real patients, and what they lose by
/// having been learnt from.
struct AccuracyFindings {
  private static let title = "Nearest neighbour judge"
  private static let lossTitle = "Privacy loss of the nearest neighbour judge"

  static func make(_ material: MemorisationMaterial, _ context: Context) -> [Finding] {
    var random = context.random("adversarial accuracy")
    let hasOthers = material.usesHoldout
    let members = material.real.ownerCount
    let others = material.holdout.map(\.ownerCount) ?? 0
    let fewest = hasOthers ? min(members, others, material.synthetic.ownerCount) : members / 2
    let size = hasOthers ? fewest : min(members, material.synthetic.ownerCount)
    guard fewest > 1, size > 1 else {
      let sentence = "There are too few patients for a nearest neighbour judge."
      return [
        .unmeasured("adversarial_accuracy", title, part: .privacy, sentence),
        .unmeasured("privacy_loss", lossTitle, part: .privacy, sentence),
      ]
    }
    let pool: Stays
    let isMember: [Bool]
    if hasOthers {
      let taken = Set(
        random.sample(size, below: members) + random.sample(size, below: others).map { members + $0 })
      pool = material.pool.keeping(taken).numbered(from: 0)
      isMember = (0..<2 * size).map { $0 < size }
    } else {
      pool = material.real
      let taken = Set(random.sample(size, below: members))
      isMember = (0..<members).map { taken.contains($0) }
    }
    let numbered = material.synthetic.numbered(from: 0)
    let synthetic = numbered.keeping(Set(random.sample(size, below: numbered.ownerCount)))
    let (poolCells, syntheticCells) = (material.cells(pool), material.cells(synthetic))
    let parallel = context.parallel
    let k = min(32, max(1, pool.count - 1))
    let within = Neighbours(of: poolCells, in: poolCells, k: k, parallel: parallel) { pool.areBound($0, $1) }
    let toSynthetic = Neighbours(of: poolCells, in: syntheticCells, k: 1, parallel: parallel)
    let toPool = Neighbours(of: syntheticCells, in: poolCells, k: k, parallel: parallel)
    let withinSynthetic = Neighbours(of: syntheticCells, in: syntheticCells, k: 1, parallel: parallel) {
      synthetic.areBound($0, $1)
    }
    let accuracy: ([Bool]) -> Double = { chosen in
      AdversarialAccuracy.accuracy(
        toSynthetic: toSynthetic, within: within, toPool: toPool, withinSynthetic: withinSynthetic,
        owners: pool.owners, chosen: chosen)
    }
    let value = accuracy(isMember)
    guard hasOthers else {
      let floor = ownFloor(material, pool, within, &random)
      return [
        finding(value, floor),
        .unmeasured(
          "privacy_loss", lossTitle, part: .privacy,
          "Whether real patients lose privacy cannot be told without patients who were not learnt from: give some with --holdout FILE, made by vitalcohort split before training."
        ),
      ]
    }
    let deals = (0..<HoldoutTest.deals).map { _ in
      let chosen = isMember.shuffled(using: &random)
      return (accuracy(chosen), accuracy(chosen.map { !$0 }))
    }
    let apart = accuracy(isMember.map { !$0 })
    let losses = deals.map { $0.1 - $0.0 }
    let half = 3.29 * Estimates.deviation(losses)
    let source = "the judge on the hold-out, and \(deals.count) random ways to deal patients out"
    return [
      finding(value, Floor(mean: apart, interval: Interval(apart - half, apart + half), source: source)),
      lossFinding(
        apart - value, ChanceFloor.dealt(losses, source: "\(deals.count) random ways to deal patients out")),
    ]
  }

  /// One half of the real patients in the place of the synthetic ones.
  private static func ownFloor(
    _ material: MemorisationMaterial, _ pool: Stays, _ within: Neighbours, _ random: inout Philox
  ) -> Floor? {
    let owners = pool.owners
    let count = Set(owners).count
    let values = (0..<2 * OwnNullTest.halves).map { _ -> Double in
      let first = Set(random.sample(count / 2, below: count))
      let pairs: (Bool) -> [(other: Float, own: Float)] = { side in
        owners.indices.filter { first.contains(owners[$0]) == side }.map { i in
          (
            other: within.nearest(of: i) { first.contains(owners[$0]) != side },
            own: within.nearest(of: i) { first.contains(owners[$0]) == side }
          )
        }
      }
      return (AdversarialAccuracy.half(pairs(true)) + AdversarialAccuracy.half(pairs(false))) / 2
    }
    return Estimates.floor(splits: values, source: "\(values.count) random halves of the real patients")
  }

  private static func finding(_ value: Double, _ floor: Floor?) -> Finding {
    // A cohort unlike the real one is told from it easily: that is for others to judge.
    let judgement = Judgement(worse: .lower, negligible: 0.48, bad: 0.4)
    let verdict = judgement.verdict(value, floor: floor)
    let number = { (x: Double) in ChanceFloor.number(x) }
    let end =
      verdict == .good
      ? (value > 0.6
        ? "; it knows them apart, and none is a copy."
        : ", so they lie no nearer to real windows than to each other.")
      : ": they lie nearer to real windows than to each other, as copies do."
    return Finding(
      name: "adversarial_accuracy", title: title, part: .privacy, verdict: verdict, value: value,
      floor: floor,
      limit: judgement.bad,
      sentence:
        "A judge that goes by the nearest neighbour tells real and synthetic windows apart with accuracy "
        + "\(number(value)) (0.5: not at all; 0: every window has its copy)\(end)")
  }

  private static func lossFinding(_ value: Double, _ floor: Floor?) -> Finding {
    let judgement = Judgement(negligible: 0.02, bad: 0.1)
    let verdict = judgement.verdict(value, floor: floor)
    let number = { (x: Double) in ChanceFloor.number(x, digits: 3) }
    let chance = floor.map { "\(number($0.interval.low)) to \(number($0.interval.high))" } ?? "0"
    return Finding(
      name: "privacy_loss", title: lossTitle, part: .privacy, verdict: verdict, value: value, floor: floor,
      limit: judgement.bad,
      sentence:
        "The nearest neighbour judge is \(number(value)) more accurate on the hold-out than on the patients "
        + "learnt from; by chance it is \(chance)"
        + (verdict == .good
          ? ", so these lose nothing." : ": the cohort lies nearer to the patients learnt from."))
  }
}

extension Stays {
  /// The windows of some owners.
  func keeping(_ chosen: Set<Int>) -> Stays {
    subset(owners.indices.filter { chosen.contains(owners[$0]) })
  }
}
