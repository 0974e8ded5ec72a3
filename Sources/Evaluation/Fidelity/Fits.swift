extension Context {
  /// As ``map(_:_:)``, for fits that take seconds each: as many at a time as there are processors, and after
  /// each round says how far it is.
  func fits<T: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> T) throws -> [T] {
    var results: [T] = []
    while results.count < count {
      let first = results.count
      results += try map(min(parallel.threads, count - first)) { try body(first + $0) }
      try done(Double(results.count) / Double(count))
    }
    return results
  }
}
