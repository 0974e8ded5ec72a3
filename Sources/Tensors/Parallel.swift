import CKernels

/// A fixed number of threads over the lane blocks of a batch. They wait for work between calls.
///
/// How blocks are shared out never changes a result: a block is computed the same way on any thread,
/// and what blocks share is summed afterwards in block order.
public final class Parallel: @unchecked Sendable {
  // Unchecked, because the crew is a pointer: only one call at a time uses it.
  public let threads: Int
  private let crew: OpaquePointer?

  public init(threads: Int) {
    precondition(threads >= 1, "at least one thread")
    self.threads = threads
    crew = threads > 1 ? vc_crew_new(threads) : nil
  }

  deinit {
    if let crew { vc_crew_free(crew) }
  }

  /// Work that is done again and again, without memory being asked for.
  public final class Job {
    fileprivate let body: (Int) -> Void
    public init(_ body: @escaping (Int) -> Void) { self.body = body }
  }

  /// Calls the job once per index and returns when all calls have. One call at a time, and none from within.
  public func run(_ job: Job, count: Int) {
    guard let crew, count > 1 else {
      for i in 0..<count { job.body(i) }
      return
    }
    withExtendedLifetime(job) {
      vc_crew_run(
        crew, count,
        { context, i in
          guard let context else { return }
          Unmanaged<Job>.fromOpaque(context).takeUnretainedValue().body(i)
        }, Unmanaged.passUnretained(job).toOpaque())
    }
  }

  /// Calls `body` once per index and returns when all calls have. One call at a time, and none from within.
  public func forEach(_ count: Int, _ body: (Int) -> Void) {
    guard crew != nil, count > 1 else {
      for i in 0..<count { body(i) }
      return
    }
    // The closure only lives for this call, on threads that wait again before it returns.
    withoutActuallyEscaping(body) { run(Job($0), count: count) }
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
