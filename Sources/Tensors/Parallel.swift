import Dispatch

/// A fixed number of threads over the lane blocks of a batch.
///
/// How blocks are shared out never changes a result: a block is computed the same way on any thread,
/// and what blocks share is summed afterwards in block order.
public struct Parallel: Sendable {
  public let threads: Int

  public init(threads: Int) {
    precondition(threads >= 1, "at least one thread")
    self.threads = threads
  }

  /// Calls `body` once per index and returns when all calls have.
  public func forEach(_ count: Int, _ body: (Int) -> Void) {
    if threads == 1 || count < 2 {
      for i in 0..<count { body(i) }
      return
    }
    let workers = min(threads, count)
    // The closure only lives for this call, on threads that end before it returns.
    withoutActuallyEscaping(body) { body in
      let task = Task(body: body)
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        for i in stride(from: worker, to: count, by: workers) { task.body(i) }
      }
    }
  }

  private struct Task: @unchecked Sendable {
    let body: (Int) -> Void
  }
}

/// A place for the result of every block: each is written by the one thread that computes the block.
public final class BlockPlaces<Value>: @unchecked Sendable {
  private let places: UnsafeMutableBufferPointer<Value>

  public init(count: Int, initial: Value) {
    places = .allocate(capacity: count)
    places.initialize(repeating: initial)
  }

  deinit {
    places.deinitialize()
    places.deallocate()
  }

  public subscript(block: Int) -> Value {
    get { places[block] }
    set { places[block] = newValue }
  }

  /// In block order, whoever computed them.
  public var all: [Value] { Array(places) }
}
