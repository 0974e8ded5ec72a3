import CKernels

/// The computation of one lane block, recorded for reverse-mode differentiation.
///
/// Nodes are whole layers over whole sequences, so a training step records tens of them. A value is
/// `[T][F][lane]`; lanes are sequences of the batch. A tape belongs to one thread at a time.
public final class Tape {
  /// What a layer computed: a place in the tape's memory, and the gradient that arrives there.
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

  private struct Slot {
    var gradient: UnsafeMutablePointer<Float>?
    let steps: Int
    let stride: Int
    let size: Int
  }

  public let lanes: Int
  public let kernels: Kernels
  private let arena = Arena()
  private var slots: [Slot] = []
  private var reversed: [() -> Void] = []
  private var trained: [ObjectIdentifier: UnsafeMutablePointer<Float>] = [:]

  public init(lanes: Int, kernels: Kernels) {
    self.lanes = lanes
    self.kernels = kernels
  }

  /// Pieces of memory that the tape holds; a step no larger than an earlier one adds none.
  var slabCount: Int { arena.slabCount }

  public var table: vc_kernels { kernels.table.pointee }

  /// Forgets everything recorded; memory is kept for the next step.
  public func reset() {
    arena.reset()
    slots.removeAll(keepingCapacity: true)
    reversed.removeAll(keepingCapacity: true)
    trained.removeAll(keepingCapacity: true)
  }

  /// Weights whose gradients are wanted, and where they are added.
  public func train(_ parameters: Parameters, gradients: UnsafeMutablePointer<Float>) {
    trained[ObjectIdentifier(parameters)] = gradients
  }

  public func gradients(of parameters: Parameters) -> UnsafeMutablePointer<Float>? {
    trained[ObjectIdentifier(parameters)]
  }

  /// Memory until the next ``reset()``, not cleared.
  public func scratch(_ count: Int) -> UnsafeMutablePointer<Float> {
    arena.allocate(count)
  }

  /// Numbers from outside; nothing flows back into them.
  public func constant(
    _ data: UnsafeMutablePointer<Float>, steps: Int, features: Int, stride: Int? = nil
  ) -> Value {
    Value(
      data: data, steps: steps, features: features, stride: stride ?? features * lanes, slot: nil,
      offset: 0)
  }

  /// Room for a layer's result.
  public func value(steps: Int, features: Int, needsGradient: Bool) -> Value {
    value(at: scratch(steps * features * lanes), steps: steps, features: features, needsGradient)
  }

  /// A result that lies inside memory the layer already has.
  public func value(
    at data: UnsafeMutablePointer<Float>, steps: Int, features: Int, _ needsGradient: Bool
  ) -> Value {
    let stride = features * lanes
    guard needsGradient else { return constant(data, steps: steps, features: features) }
    slots.append(Slot(gradient: nil, steps: steps, stride: stride, size: steps * stride))
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

  /// Runs `step` when gradients flow back, after all steps recorded later.
  public func onBackward(_ step: @escaping () -> Void) {
    reversed.append(step)
  }

  /// Runs the recorded steps in reverse order.
  public func backward() {
    for step in reversed.reversed() { step() }
    reversed.removeAll(keepingCapacity: true)
  }

  /// The gradient that has arrived at `value`, or `nil` when nothing has.
  public func gradient(of value: Value) -> UnsafeMutablePointer<Float>? {
    guard let slot = value.slot, let gradient = slots[slot].gradient else { return nil }
    return gradient + value.offset
  }

  /// The gradient of `value` to be added to; cleared when it is the first time.
  public func accumulator(for value: Value) -> UnsafeMutablePointer<Float>? {
    guard let slot = value.slot else { return nil }
    if slots[slot].gradient == nil {
      let gradient = scratch(slots[slot].size)
      gradient.update(repeating: 0, count: slots[slot].size)
      slots[slot].gradient = gradient
    }
    return slots[slot].gradient.map { $0 + value.offset }
  }

  /// Adds a dense `[T][F][lane]` gradient that `write` fills. The first one for a whole value is kept
  /// as it is, without a copy.
  public func addGradient(to value: Value, _ write: (UnsafeMutablePointer<Float>) -> Void) {
    guard let slot = value.slot else { return }
    let width = value.features * lanes
    let isWhole = slots[slot].size == value.steps * width && value.offset == 0
    let fresh = scratch(value.steps * width)
    write(fresh)
    if isWhole, slots[slot].gradient == nil {
      slots[slot].gradient = fresh
      return
    }
    guard let sum = accumulator(for: value) else { return }
    for t in 0..<value.steps {
      table.add_scaled(width, 1, fresh + t * width, sum + t * value.stride)
    }
  }
}
