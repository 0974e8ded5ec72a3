import Tensors

/// Runs a training step: forward and backward on every lane block, then gradients summed in block order.
public final class BlockRunner {
  public let kernels: Kernels
  public let lanes: Int
  public let parallel: Parallel
  private var tapes: [Tape] = []
  private var blockGradients: [ObjectIdentifier: [Floats]] = [:]

  public init(kernels: Kernels, lanes: Int = defaultLanes, threads: Int) {
    self.kernels = kernels
    self.lanes = lanes
    parallel = Parallel(threads: threads)
  }

  public func blocks(for batch: Int) -> Int { (batch + lanes - 1) / lanes }

  /// Gradients of `networks`, one array each, summed over the blocks of the batch.
  ///
  /// `forward` records one block's computation and its losses. When a loss ties blocks together (a
  /// root of a sum, moments over the batch), `between` sees all of them before gradients flow.
  public func gradients(
    of networks: [Parameters], batch: Int, forward: (Int, Tape) -> Void, between: (() -> Void)? = nil
  ) -> [Floats] {
    precondition(batch > 0, "a step needs at least one sequence")
    let count = blocks(for: batch)
    prepare(networks, blocks: count)
    func start(_ block: Int) {
      let tape = tapes[block]
      tape.reset()
      for network in networks {
        let gradients = gradients(of: network, block: block)
        gradients.clear()
        tape.train(network, gradients: gradients.base)
      }
      forward(block, tape)
    }
    if let between {
      parallel.forEach(count) { start($0) }
      between()
      parallel.forEach(count) { tapes[$0].backward() }
    } else {
      parallel.forEach(count) {
        start($0)
        tapes[$0].backward()
      }
    }
    return networks.map { network in
      let total = gradients(of: network, block: 0)
      for block in 1..<max(count, 1) {
        kernels.table.pointee.add_scaled(
          total.count, 1, gradients(of: network, block: block).base, total.base)
      }
      return total
    }
  }

  /// Runs `body` on every block without gradients.
  public func evaluate(batch: Int, _ body: (Int, Tape) -> Void) {
    let count = blocks(for: batch)
    prepare([], blocks: count)
    parallel.forEach(count) {
      tapes[$0].reset()
      body($0, tapes[$0])
    }
  }

  private func gradients(of network: Parameters, block: Int) -> Floats {
    guard let found = blockGradients[ObjectIdentifier(network)] else {
      preconditionFailure("gradients are prepared before a step")
    }
    return found[block]
  }

  private func prepare(_ networks: [Parameters], blocks: Int) {
    while tapes.count < blocks { tapes.append(Tape(lanes: lanes, kernels: kernels)) }
    for network in networks {
      var buffers = blockGradients[ObjectIdentifier(network)] ?? []
      // A network may sit where one of another size was freed, or have grown.
      if buffers.first.map({ $0.count != network.count }) == true { buffers = [] }
      while buffers.count < blocks { buffers.append(Floats(network.count)) }
      blockGradients[ObjectIdentifier(network)] = buffers
    }
  }
}
