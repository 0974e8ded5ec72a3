import Cohorts
import Foundation
import Tensors

/// Patients of one run of a model, by number.
final class Drawing: @unchecked Sendable {
  // Unchecked, because the model does not change while it draws.
  private let model: Model
  private let length: Int?
  private let seed: UInt64
  private let count: Int
  private let digits: Int
  private let threads: Int
  /// `nil` for complete stays.
  private let missingness: MissingnessDrawer?

  init(_ model: Model, count: Int, length: Int?, isComplete: Bool, seed: UInt64, threads: Int) {
    (self.model, self.count, self.length, self.seed) = (model, count, length, seed)
    (self.missingness, self.threads) = (
      isComplete ? nil : model.missingness.map(MissingnessDrawer.init), threads
    )
    digits = max(6, String(count).count)
  }

  /// Draws on all threads, ahead of who asks.
  func ahead() -> DrawAhead {
    // A few lane blocks: fewer where stays are long, or where all threads would not have some.
    let block = DensitySampler.lanes
    let values = block * max(length ?? model.schema.window, 1) * max(model.schema.clock.width, 1)
    let blocks = max(1, min(8, 1_000_000 / values, count / threads / block))
    return DrawAhead(count: count, portion: blocks * block, threads: threads) { self.patients($0) }
  }

  /// Several ranges can be drawn at once.
  func patients(_ range: Range<Int>) -> [Patient] {
    let stays = model.sequence.draw(
      range, seed: seed, length: length, defaultLength: model.schema.window, missingness: missingness,
      parallel: Parallel(threads: 1))
    return zip(range, stays).map { number, stay in
      var stay = stay
      if let missingness {
        var rng = Philox(seed: seed, stream: MissingnessDrawer.stream(number))
        let seen =
          stay.seen ?? missingness.draw(length: stay.length, covariates: stay.covariates, using: &rng)
        MissingnessDrawer.hide(&stay.frames, but: seen)
      }
      let name = String(number + 1)
      return Patient(
        id: "synthetic-" + String(repeating: "0", count: digits - name.count) + name,
        series: model.schema.clock.series(
          from: stay.frames, count: stay.length, channels: model.schema.channels,
          start: model.schema.start),
        covariates: stay.covariates)
    }
  }

  /// What the longest and the shortest stay decide.
  func shapes() -> SeriesShapes {
    let window = model.schema.window
    var (shortest, longest) = (length ?? window, length ?? window)
    if length == nil, model.sequence.drawsLengths, count > 0 {
      (shortest, longest) = (Int.max, 1)
      let parallel = Parallel(threads: threads)
      let part = 1024
      for first in stride(from: 0, to: count, by: part) {
        let lengths = model.sequence.lengths(
          first..<min(first + part, count), seed: seed, defaultLength: window, parallel: parallel)
        for length in lengths { (shortest, longest) = (min(shortest, length), max(longest, length)) }
      }
    }
    let clock = model.schema.clock
    var shapes = SeriesShapes(model.schema.channels)
    for length in [longest, shortest] {
      let series = clock.series(
        from: [Float](repeating: .nan, count: length * clock.width), count: length,
        channels: model.schema.channels, start: model.schema.start)
      shapes.add(Patient(id: "", series: series, covariates: []))
    }
    return shapes
  }
}

/// Makes the patients of a cohort in order, several portions at once and ahead of who asks for them.
///
/// Every portion is one thread's: none waits for another, however unlike they are, and the thread that uses
/// the patients works beside them.
final class DrawAhead: @unchecked Sendable {
  // Unchecked: `made` belongs to who holds the lock; the rest is the caller's.
  private let queue = OperationQueue()
  private let lock = NSCondition()
  private var made: [Int: [Patient]] = [:]
  private let count: Int
  private let portion: Int
  private let make: @Sendable (Range<Int>) -> [Patient]
  /// Portions begun and taken, patients given away, and the rest of the last portion.
  private var begun = 0
  private var taken = 0
  private var given = 0
  private var rest: ArraySlice<Patient> = []

  /// `portion` patients are made at a time by each of `threads` threads.
  init(
    count: Int, portion: Int, threads: Int, make: @escaping @Sendable (Range<Int>) -> [Patient]
  ) {
    (self.count, self.portion, self.make) = (count, portion, make)
    queue.maxConcurrentOperationCount = threads
  }

  /// The next `number` patients; those after them are begun.
  func next(_ number: Int) -> [Patient] {
    precondition(number <= count - given, "no more patients than there are")
    given += number
    let ahead = (number + portion - 1) / portion + queue.maxConcurrentOperationCount
    begin(upTo: taken + ahead)
    while rest.count < number {
      rest += take(taken)
      taken += 1
      begin(upTo: taken + ahead)
    }
    defer { rest = rest.dropFirst(number) }
    return Array(rest.prefix(number))
  }

  private func begin(upTo last: Int) {
    while begun < last, begun * portion < count {
      let number = begun
      let range = number * portion..<min((number + 1) * portion, count)
      begun += 1
      queue.addOperation { [self] in
        let patients = make(range)
        lock.withLock {
          made[number] = patients
          lock.broadcast()
        }
      }
    }
  }

  private func take(_ number: Int) -> [Patient] {
    lock.withLock {
      while true {
        if let patients = made.removeValue(forKey: number) { return patients }
        lock.wait()
      }
    }
  }
}
