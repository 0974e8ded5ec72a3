import CKernels

/// The computation of one lane block, recorded once and run as often as wanted, forward and backward.
///
/// Recording runs every operation as well. Operations are whole layers over whole sequences, so there are
/// tens of them; each keeps the memory it was recorded with, so that a further run asks for none. Numbers
/// that change from run to run (a batch, a target) stay where they are and are overwritten there. A value is
/// `[T][F][lane]`; lanes are sequences of the batch. A tape belongs to one thread at a time.
///
/// A long sequence can be *cut*: the tape is recorded for ``steps`` time steps and run over the sequence
/// piece by piece. ``Plan`` does that.
public final class Tape {
  /// What an operation computed: a place in the tape's memory, and the gradient that arrives there.
  public struct Value {
    public let data: UnsafeMutablePointer<Float>
    public let steps: Int
    public let features: Int
    /// Distance between time steps in floats: more than `features * lanes` for a slice.
    public let stride: Int
    fileprivate let slot: Int?
    /// Gradients of slices land inside their parent's.
    fileprivate let offset: Int

    public var needsGradient: Bool { slot != nil }
  }

  /// Where an operation leaves the gradient of one of its inputs.
  public struct Target {
    public let data: UnsafeMutablePointer<Float>
    public let stride: Int
    /// Whether something is there that must be added to; otherwise all of it has to be written.
    public let adds: Bool
  }

  /// A loss over a block: its sum of the last run.
  public struct Sum: Sendable {
    fileprivate let index: Int
  }

  /// The part of a sequence that a run of a cut tape is about.
  public struct Piece: Sendable, Equatable {
    /// Its first time step.
    public var start = 0
    public var isFirst = true
    public var isLast = true
    public var number = 0
  }

  private struct Slot {
    var gradient: UnsafeMutablePointer<Float>?
    var hasArrived = false
    let stride: Int
    let size: Int
  }

  public let lanes: Int
  public let kernels: Kernels
  /// Time steps of a whole sequence, where the tape was recorded for less.
  public private(set) var cutLength: Int?
  /// Time steps that the tape is recorded for, when it is cut.
  public private(set) var steps = 0
  public internal(set) var piece = Piece()
  private let arena = Arena()
  private var slots: [Slot] = []
  private var forwards: [() -> Void] = []
  private var reversed: [() -> Void] = []
  private var trained: [ObjectIdentifier: UnsafeMutablePointer<Float>] = [:]
  private var sums: [Double] = []
  private var totals: [(sum: Int, kind: Int, weight: () -> Double)] = []
  private var pieceTotals: [Double] = []
  /// Gradient memory that nobody needs any more in a way back, by size.
  private var spare: [Int: [UnsafeMutablePointer<Float>]] = [:]
  /// Where the operations begin that wait for the way back.
  private var late: Int?
  private var hasReleased = false
  private var room = Floats(0)

  public init(lanes: Int, kernels: Kernels) {
    self.lanes = lanes
    self.kernels = kernels
  }

  /// Floats that the tape holds.
  public var capacity: Int { arena.used + room.count }
  /// Pieces of memory that the tape holds; a run adds none.
  var slabCount: Int { arena.slabCount }

  public var table: vc_kernels { kernels.table.pointee }

  /// Forgets everything recorded; memory is kept for the next recording.
  public func reset() {
    arena.reset()
    slots.removeAll(keepingCapacity: true)
    forwards.removeAll(keepingCapacity: true)
    reversed.removeAll(keepingCapacity: true)
    trained.removeAll(keepingCapacity: true)
    sums.removeAll(keepingCapacity: true)
    totals.removeAll(keepingCapacity: true)
    spare.removeAll(keepingCapacity: true)
    (late, hasReleased) = (nil, false)
    (cutLength, steps, piece) = (nil, 0, Piece())
  }

  /// Has the tape, which must be empty, recorded for pieces of `steps` of `length` time steps.
  public func cut(_ length: Int, into steps: Int) {
    precondition(forwards.isEmpty, "a tape is cut before it is recorded")
    self.steps = steps
    cutLength = length
    piece = Piece(start: 0, isFirst: true, isLast: steps >= length, number: 0)
  }

  public var isCut: Bool { cutLength != nil }
  /// Pieces of a sequence.
  public var pieces: Int { cutLength.map { ($0 + steps - 1) / steps } ?? 1 }

  /// Weights whose gradients are wanted, and where they are added.
  public func train(_ parameters: Parameters, gradients: UnsafeMutablePointer<Float>) {
    trained[ObjectIdentifier(parameters)] = gradients
  }

  public func gradients(of parameters: Parameters) -> UnsafeMutablePointer<Float>? {
    trained[ObjectIdentifier(parameters)]
  }

  // MARK: Memory

  /// Memory of an operation that is being recorded, not cleared.
  public func scratch(_ count: Int) -> UnsafeMutablePointer<Float> {
    arena.allocate(count)
  }

  /// Asks for room that operations share one after another; see ``workspace()``.
  public func reserve(_ count: Int) {
    if room.count < count { room = Floats(count) }
  }

  /// Room of the size that was reserved while recording. What is in it lasts until the operation ends.
  public func workspace() -> UnsafeMutablePointer<Float> { room.base }

  /// Numbers from outside; nothing flows back into them.
  public func constant(
    _ data: UnsafeMutablePointer<Float>, steps: Int, features: Int, stride: Int? = nil
  ) -> Value {
    Value(
      data: data, steps: steps, features: features, stride: stride ?? features * lanes, slot: nil,
      offset: 0)
  }

  /// Room for an operation's result.
  public func value(steps: Int, features: Int, needsGradient: Bool) -> Value {
    value(at: scratch(steps * features * lanes), steps: steps, features: features, needsGradient)
  }

  /// A result that lies inside memory the operation already has.
  public func value(
    at data: UnsafeMutablePointer<Float>, steps: Int, features: Int, _ needsGradient: Bool
  ) -> Value {
    let stride = features * lanes
    guard needsGradient else { return constant(data, steps: steps, features: features) }
    slots.append(Slot(gradient: nil, stride: stride, size: steps * stride))
    return Value(
      data: data, steps: steps, features: features, stride: stride, slot: slots.count - 1, offset: 0)
  }

  /// A part of `value`: time steps from `step` on and features from `feature` on.
  public func slice(
    _ value: Value, step: Int = 0, steps: Int? = nil, feature: Int = 0, features: Int? = nil
  ) -> Value {
    let steps = steps ?? value.steps - step
    let features = features ?? value.features - feature
    precondition(step + steps <= value.steps && feature + features <= value.features)
    let shift = step * value.stride + feature * lanes
    return Value(
      data: value.data + shift, steps: steps, features: features, stride: value.stride,
      slot: value.slot, offset: value.offset + shift)
  }

  /// The same numbers, cut off from what made them.
  public func detached(_ value: Value) -> Value {
    constant(value.data, steps: value.steps, features: value.features, stride: value.stride)
  }

  // MARK: Recording and running

  /// Records an operation and runs it.
  public func perform(_ operation: @escaping () -> Void) {
    forwards.append(operation)
    operation()
  }

  /// Runs `step` when gradients flow back, after all steps recorded later.
  public func onBackward(_ step: @escaping () -> Void) {
    reversed.append(step)
  }

  /// How many operations have been recorded: a place for ``run(from:to:)``.
  public var position: Int { forwards.count }

  /// Runs what was recorded once more, all of it or a part.
  public func run(from first: Int = 0, to last: Int? = nil) {
    if first == 0 { for i in slots.indices { slots[i].hasArrived = false } }
    for i in first..<(last ?? forwards.count) { forwards[i]() }
  }

  /// Has what is recorded from here on wait for the way back, where it runs just before the gradients: what
  /// no block needs to know of another then never leaves the cache.
  public func beginLate() {
    precondition(late == nil, "there is one late part")
    late = forwards.count
  }

  /// Operations that do not wait for the way back.
  public var early: Int { late ?? forwards.count }

  /// Lets gradients flow through the last run.
  public func backward() {
    for i in reversed.indices.reversed() { reversed[i]() }
    hasReleased = true
  }

  // MARK: Gradients

  /// The gradient that has arrived at `value`, or `nil` when nothing has.
  public func gradient(of value: Value) -> UnsafeMutablePointer<Float>? {
    guard let slot = value.slot, slots[slot].hasArrived else { return nil }
    return slots[slot].gradient.map { $0 + value.offset }
  }

  /// The gradient of `value` to be added to; cleared when it is the first time.
  public func accumulator(for value: Value) -> UnsafeMutablePointer<Float>? {
    guard let slot = value.slot else { return nil }
    let gradient = gradientMemory(slot)
    if !slots[slot].hasArrived {
      gradient.update(repeating: 0, count: slots[slot].size)
      slots[slot].hasArrived = true
    }
    return gradient + value.offset
  }

  /// Where the gradient of `value` goes, or `nil` when none is wanted. What is first to arrive at a whole
  /// value is written without clearing.
  public func target(for value: Value) -> Target? {
    guard let slot = value.slot else { return nil }
    let isWhole = slots[slot].size == value.steps * value.features * lanes
    if isWhole, !slots[slot].hasArrived {
      slots[slot].hasArrived = true
      return Target(data: gradientMemory(slot), stride: value.stride, adds: false)
    }
    return accumulator(for: value).map { Target(data: $0, stride: value.stride, adds: true) }
  }

  private func gradientMemory(_ slot: Int) -> UnsafeMutablePointer<Float> {
    if let gradient = slots[slot].gradient { return gradient }
    let gradient = spare[slots[slot].size]?.popLast() ?? scratch(slots[slot].size)
    slots[slot].gradient = gradient
    return gradient
  }

  /// Says that the gradient of a whole value has been used for the last time: by the operation that made the
  /// value. Its memory serves another gradient, now and in every later run, since they come in one order.
  public func release(_ value: Value) {
    guard !hasReleased, let slot = value.slot, let gradient = slots[slot].gradient else { return }
    spare[slots[slot].size, default: []].append(gradient)
  }

  /// `target += scale · x` or, where nothing is there yet, `target = scale · x`, for dense `[T][n]` x.
  public func deliver(
    _ x: UnsafePointer<Float>, steps: Int, count: Int, scale: Float, to target: Target
  ) {
    if target.adds {
      table.add_steps(steps, count, scale, x, count, target.data, target.stride)
      return
    }
    target.data.update(from: x, count: steps * count)
    if scale != 1 { table.scale(steps * count, scale, target.data) }
  }

  // MARK: Losses

  /// Records a loss and runs it.
  public func sum(_ loss: @escaping () -> Double) -> Sum {
    let index = sums.count
    sums.append(0)
    perform { [unowned self] in sums[index] = loss() }
    return Sum(index: index)
  }

  public subscript(sum: Sum) -> Double { sums[sum.index] }

  /// Counts `weight` times the sum into total `kind` of a plan.
  public func count(_ sum: Sum, as kind: Int, weight: @escaping () -> Double = { 1 }) {
    totals.append((sum.index, kind, weight))
  }

  /// The total `kind` of the last run; of all pieces where the tape is cut.
  public func total(_ kind: Int) -> Double {
    if isCut { return pieceTotals.indices.contains(kind) ? pieceTotals[kind] : 0 }
    return ownTotal(kind)
  }

  private func ownTotal(_ kind: Int) -> Double {
    var total = 0.0
    for entry in totals where entry.kind == kind { total += sums[entry.sum] * entry.weight() }
    return total
  }

  // MARK: Pieces

  public func enter(_ number: Int, of count: Int) {
    piece = Piece(
      start: number * steps, isFirst: number == 0, isLast: number == count - 1, number: number)
  }

  /// Before the first piece of a run forward.
  public func beginPieces() {
    let kinds = totals.reduce(0) { max($0, $1.kind + 1) }
    if pieceTotals.count != kinds { pieceTotals = Array(repeating: 0, count: kinds) }
    for kind in pieceTotals.indices { pieceTotals[kind] = 0 }
  }

  /// Adds the losses of the piece that was run.
  public func addPiece() {
    for kind in pieceTotals.indices { pieceTotals[kind] += ownTotal(kind) }
  }
}
