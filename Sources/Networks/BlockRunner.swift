import Tensors

/// What training steps run on: kernels, lane blocks and threads.
public final class BlockRunner {
  public let kernels: Kernels
  public let lanes: Int
  public let parallel: Parallel

  public init(kernels: Kernels, lanes: Int = defaultLanes, threads: Int) {
    self.kernels = kernels
    self.lanes = lanes
    parallel = Parallel(threads: threads)
  }

  public func blocks(for batch: Int) -> Int { (batch + lanes - 1) / lanes }

  /// Gradients of `networks` for a computation that is done once; see ``Plan`` for one that repeats.
  public func gradients(
    of networks: [Parameters], batch: Int, forward: (Int, Tape) -> Void, between: () -> Void = {}
  ) -> [Floats] {
    let plan = Plan(self, training: networks, batch: batch, record: forward)
    between()
    return plan.backward()
  }

  /// Runs `body` on every block without gradients.
  public func evaluate(batch: Int, _ body: (Int, Tape) -> Void) {
    parallel.forEach(blocks(for: batch)) {
      let tape = Tape(lanes: lanes, kernels: kernels)
      body($0, tape)
    }
  }
}
