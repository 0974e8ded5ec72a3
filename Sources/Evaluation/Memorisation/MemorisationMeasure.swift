import Cohorts
import Privacy
import Tensors

/// Whether a synthetic cohort gives away the patients it was learnt from: copies, whole and in part, and
/// attacks that guess who was among them.
///
/// With a hold-out every score is compared with what the same patients give when they are dealt out anew to
/// the two sides. Without one copies are compared with the real cohort itself, and membership cannot be
/// tested.
public struct MemorisationMeasure: Measure {
  public let name = "memorisation"

  public init() {}

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let cells = Double(material.window * material.real.windows.width)
    let pairs = Double(material.synthetic.windows.count) * Double(material.real.windows.count)
    return 2 + min(1.2e10, pairs * cells) * 20 / 2e9
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let prepared = MemorisationMaterial(material, context)
    var outcome = Outcome(remarks: prepared.remarks)
    outcome.findings.append(ExactCopyFinding.make(material))
    try context.done(0.02)
    let scores = try copies(prepared, context)
    let scale = Estimates.rootScale(real: material.real.units, synthetic: material.synthetic.units)
    outcome.findings += CopyFindings(scores: scores, usesHoldout: prepared.usesHoldout, scale: scale).all
    outcome.findings += AccuracyFindings.make(prepared, context)
    try context.done(0.8)
    let attacks = attacks(prepared, context)
    outcome.findings +=
      MembershipFindings(
        attacks: attacks, reason: Self.noMembership, isNoProof: material.overlaps
      ).all
    if material.overlaps {
      outcome.remarks.append(
        "Memorisation: windows of one series that share frames resemble each other, so these are not counted as "
          + "neighbours, distances are compared with the rest of the series, and membership is judged doubtful at most."
      )
    }
    if let holdout = material.holdout {
      let shared = ExactCopies.flags(holdout.windows, in: material.real.windows).count { $0 }
      if Double(shared) > 0.01 * Double(holdout.windows.count) {
        outcome.remarks.append(
          "\(shared) of \(holdout.windows.count) hold-out windows equal a real one: the hold-out may share patients "
            + "with the real cohort, and then hides copies.")
      }
    }
    outcome.exhibits.append(PrivacyExhibits.distances(scores, usesHoldout: prepared.usesHoldout))
    if let attacks { outcome.exhibits.append(PrivacyExhibits.membership(attacks)) }
    return outcome
  }

  private func copies(_ prepared: MemorisationMaterial, _ context: Context) throws -> CopyScores {
    var random = context.random("copies")
    let progress: (Double) throws -> Void = { try context.done(0.02 + 0.6 * $0) }
    if prepared.usesHoldout {
      return try HoldoutTest.run(
        synthetic: prepared.synthetic.windows, pool: prepared.pool, isMember: prepared.isMember,
        scale: prepared.scale, parts: prepared.parts, parallel: context.parallel, using: &random,
        progress: progress)
    }
    return try OwnNullTest.run(
      synthetic: prepared.synthetic.windows, real: prepared.real, scale: prepared.scale,
      parts: prepared.parts,
      parallel: context.parallel, using: &random, progress: progress)
  }

  private static let noMembership =
    "Membership cannot be tested without patients who were not learnt from: give some with --holdout FILE, made by vitalcohort split before training."

  private func attacks(_ prepared: MemorisationMaterial, _ context: Context) -> MembershipAttacks? {
    guard prepared.holdout != nil else { return nil }
    var random = context.random("membership")
    let (pool, synthetic) = (prepared.pool, prepared.synthetic)
    let near = Neighbours(
      of: prepared.cells(pool), in: prepared.cells(synthetic), k: 5, parallel: context.parallel)
    let dimensions = pool.windows.length * pool.windows.width
    let vectors = MemorisationMaterial.vectors(pool.windows, prepared.scale)
    // Both sides of the candidates, so that members have no part in it that others have not.
    let fitted = PrincipalComponents(
      of: Self.thinned(vectors, dimensions), dimensions: dimensions, rank: 32, using: &random)
    let candidates = WindowCells(
      count: pool.count, size: fitted.rank, values: fitted.coordinates(of: vectors))
    let others = WindowCells(
      count: synthetic.count, size: fitted.rank,
      values: fitted.coordinates(of: MemorisationMaterial.vectors(synthetic.windows, prepared.scale)))
    return MembershipAttacks(
      toSynthetic: near,
      toSyntheticComponents: Neighbours(of: candidates, in: others, k: 5, parallel: context.parallel),
      toOthers: Neighbours(of: candidates, in: candidates, k: 5, parallel: context.parallel) {
        pool.areBound($0, $1)
      },
      owners: pool.owners, isMember: prepared.isMember, parallel: context.parallel, using: &random)
  }

  /// At most 2,000 of the vectors, evenly.
  static func thinned(_ vectors: [Float], _ dimensions: Int) -> [Float] {
    let count = vectors.count / dimensions
    let step = max(1, (count + 1999) / 2000)
    return stride(from: 0, to: count, by: step).flatMap { vectors[$0 * dimensions..<($0 + 1) * dimensions] }
  }
}
