import Tensors

/// A training step, recorded once per lane block with all its memory, and run as often as wanted.
///
/// Blocks are shared out among threads: one fork and join for the way forward and one for the way back.
/// What a block computes does not depend on the thread, and gradients are summed in block order, so that
/// results are the same bits at any number of threads. After the first step no memory is asked for.
///
/// Sequences that would need more than ``Limit/floats`` are cut into pieces of time. On the way forward only
/// the recurrent states between pieces are kept; on the way back every piece but the last is computed once
/// more, which costs the forward pass again: about a third of a step. The losses are those of the whole
/// sequence, and so are the gradients, but for rounding.
public final class Plan {
  /// How much a plan may keep.
  public struct Limit: Sendable, Equatable {
    /// Numbers in all blocks together.
    public var floats: Int
    public init(floats: Int) { self.floats = floats }
    /// 768 MiB.
    public static let standard = Limit(floats: 192 << 20)
    /// Pieces are no shorter than this.
    static let shortestPiece = 16
  }

  private let runner: BlockRunner
  private let tapes: [Tape]
  /// By network, then by block; the first block's receives the sum.
  private let gradients: [[Floats]]
  private let pieces: Int
  private let pieceSteps: Int
  private let prepare: (Int) -> Void
  /// What the blocks are about to do.
  private var work = Work.forward(from: 0, to: nil)
  private lazy var blockJob = Parallel.Job { [unowned self] in run(block: $0) }
  private lazy var sumJob = Parallel.Job { [unowned self] in sum(slice: $0) }

  private enum Work { case forward(from: Int, to: Int?), step, backward }

  /// Records `record`, which is called once per block, and runs it.
  ///
  /// - Parameters:
  ///   - steps: T of the sequences, when they may be cut. `record` then takes all that has time steps from
  ///     `Tape.input` or `LaneBatch.value`.
  ///   - prepare: called with a block's number before the block is run from the start, on the thread that
  ///     computes it: the place to fill a batch.
  public init(
    _ runner: BlockRunner, training networks: [Parameters], batch: Int, steps: Int? = nil,
    limit: Limit = .standard, prepare: @escaping (Int) -> Void = { _ in }, record: (Int, Tape) -> Void
  ) {
    precondition(batch > 0, "a step needs at least one sequence")
    let count = runner.blocks(for: batch)
    let tapes = (0..<count).map { _ in Tape(lanes: runner.lanes, kernels: runner.kernels) }
    let gradients = networks.map { network in (0..<count).map { _ in Floats(network.count) } }
    let pieceSteps = Self.pieceSteps(steps, runner, networks, gradients, limit, blocks: count, record)
    let pieces = steps.map { ($0 + pieceSteps - 1) / pieceSteps } ?? 1
    let cut = pieces > 1 ? steps.map { ($0, pieceSteps) } : nil
    runner.parallel.forEach(count) { block in
      Self.record(block, on: tapes[block], networks, gradients, cut: cut, record)
    }
    (self.runner, self.tapes, self.gradients) = (runner, tapes, gradients)
    (self.pieces, self.pieceSteps, self.prepare) = (pieces, pieceSteps, prepare)
    if pieces > 1 { forward() }
  }

  /// Time steps at once: all of them, or what the limit allows, found by recording a short piece.
  private static func pieceSteps(
    _ steps: Int?, _ runner: BlockRunner, _ networks: [Parameters], _ gradients: [[Floats]],
    _ limit: Limit, blocks: Int, _ record: (Int, Tape) -> Void
  ) -> Int {
    let probe = 2 * Limit.shortestPiece
    guard let steps, steps > probe else { return steps ?? 1 }
    let tape = Tape(lanes: runner.lanes, kernels: runner.kernels)
    var used: [Int] = []
    for length in [Limit.shortestPiece, probe] {
      tape.reset()
      // As many pieces both times: the states between them are no part of a step's memory.
      Self.record(0, on: tape, networks, gradients, cut: (2 * length, length), record)
      tape.backward()
      used.append(tape.capacity)
    }
    let perStep = max(1, (used[1] - used[0]) / (probe - Limit.shortestPiece))
    let fitting = limit.floats / (perStep * blocks)
    return fitting >= steps ? steps : max(Limit.shortestPiece, fitting)
  }

  private static func record(
    _ block: Int, on tape: Tape, _ networks: [Parameters], _ gradients: [[Floats]],
    cut: (length: Int, steps: Int)?, _ record: (Int, Tape) -> Void
  ) {
    if let cut { tape.cut(cut.length, into: cut.steps) }
    for (network, floats) in zip(networks, gradients) {
      floats[block].clear()
      tape.train(network, gradients: floats[block].base)
    }
    record(block, tape)
  }

  /// Time steps that are kept at once.
  public var stepsAtOnce: Int { pieceSteps }
  /// Whether sequences are cut.
  public var isCut: Bool { pieces > 1 }
  /// Bytes that the plan holds.
  public var bytes: Int {
    4 * (tapes.reduce(0) { $0 + $1.capacity } + gradients.joined().reduce(0) { $0 + $1.count })
  }

  /// Runs the step forward on every block: all of it, or for a plan that shares its beginning with another, the
  /// operations recorded before `end` or from `start` on.
  public func forward(from start: Int = 0, to end: Int? = nil) {
    precondition(pieces == 1 || (start == 0 && end == nil), "a cut plan runs as a whole")
    run(.forward(from: start, to: end))
  }

  /// Forward and backward in one go, for losses that do not tie blocks together.
  public func step() -> [Floats] {
    run(.step)
    return summed()
  }

  /// Runs what was recorded as late. Gradients of the networks through the last run, summed over the blocks;
  /// valid until the next call.
  public func backward() -> [Floats] {
    run(.backward)
    return summed()
  }

  private func run(_ work: Work) {
    self.work = work
    runner.parallel.run(blockJob, count: tapes.count)
  }

  private func run(block: Int) {
    switch work {
    case .forward(let start, let end):
      if start == 0 { prepare(block) }
      forward(block, from: start, to: end)
    case .step:
      prepare(block)
      forward(block, from: 0, to: nil)
      backward(block)
    case .backward: backward(block)
    }
  }

  private func forward(_ block: Int, from start: Int, to end: Int?) {
    let tape = tapes[block]
    guard pieces > 1 else { return tape.run(from: start, to: end ?? tape.early) }
    tape.beginPieces()
    for number in 0..<pieces {
      tape.enter(number, of: pieces)
      tape.run()
      tape.addPiece()
    }
  }

  private func backward(_ block: Int) {
    let tape = tapes[block]
    for floats in gradients { floats[block].clear() }
    if pieces == 1 { tape.run(from: tape.early) }
    for number in (0..<pieces).reversed() {
      // The last piece is still as it was on the way forward.
      if number < pieces - 1 {
        tape.enter(number, of: pieces)
        tape.run()
      }
      tape.backward()
    }
  }

  /// The total `kind` of the losses that were counted, in block order.
  public func total(_ kind: Int) -> Double {
    var total = 0.0
    for tape in tapes { total += tape.total(kind) }
    return total
  }

  private func summed() -> [Floats] {
    if tapes.count > 1 { runner.parallel.run(sumJob, count: slices) }
    return first
  }

  /// Elements are independent, so they can be shared out; each is summed in block order.
  private func sum(slice number: Int) {
    var before = number
    for floats in gradients {
      let own = (floats[0].count + Self.slice - 1) / Self.slice
      guard before < own else {
        before -= own
        continue
      }
      let place = before * Self.slice
      let count = min(Self.slice, floats[0].count - place)
      for block in 1..<tapes.count {
        runner.kernels.table.pointee.add_scaled(
          count, 1, floats[block].base + place, floats[0].base + place)
      }
      return
    }
  }

  private static let slice = 1 << 13
  private lazy var slices = gradients.reduce(0) { $0 + ($1[0].count + Self.slice - 1) / Self.slice }
  private lazy var first = gradients.map { $0[0] }
}
