import Cohorts
import Dispatch
import Tensors

/// Patients of one run of a model, by number.
final class Drawing: @unchecked Sendable {
  // Unchecked, because the model does not change while it draws; parts are drawn one after another.
  private let model: Model
  private let length: Int?
  private let seed: UInt64
  private let count: Int
  private let digits: Int
  private let parallel: Parallel

  /// Patients at a time.
  static let part = 1024

  init(_ model: Model, count: Int, length: Int?, seed: UInt64, threads: Int) {
    (self.model, self.count, self.length, self.seed) = (model, count, length, seed)
    digits = max(6, String(count).count)
    parallel = Parallel(threads: threads)
  }

  func patients(_ range: Range<Int>) -> [Patient] {
    let stays = model.sequence.draw(
      range, seed: seed, length: length, defaultLength: model.schema.window, parallel: parallel)
    return zip(range, stays).map { number, stay in
      let name = String(number + 1)
      return Patient(
        id: "synthetic-" + String(repeating: "0", count: digits - name.count) + name,
        series: model.schema.clock.series(
          from: stay.frames, count: stay.length, channels: model.schema.channels,
          start: model.schema.start),
        covariates: stay.covariates)
    }
  }

  /// Patients without values that are as long as the longest and as short as the shortest.
  func extremes() -> [Patient] {
    let window = model.schema.window
    var (shortest, longest) = (length ?? window, length ?? window)
    if length == nil, model.sequence.drawsLengths, count > 0 {
      (shortest, longest) = (Int.max, 1)
      for first in stride(from: 0, to: count, by: Self.part) {
        let lengths = model.sequence.lengths(
          first..<min(first + Self.part, count), seed: seed, defaultLength: window, parallel: parallel)
        for length in lengths { (shortest, longest) = (min(shortest, length), max(longest, length)) }
      }
    }
    let clock = model.schema.clock
    return [longest, shortest].map { length in
      Patient(
        id: "",
        series: clock.series(
          from: [Float](repeating: .nan, count: length * clock.width), count: length,
          channels: model.schema.channels, start: model.schema.start),
        covariates: model.schema.covariates.map { _ in .nan })
    }
  }
}

/// Makes the next part of a cohort on another thread while the last one is being used.
final class DrawAhead: @unchecked Sendable {
  // Unchecked: the part that is made belongs to the queue until `next` has waited for it.
  private let queue = DispatchQueue(label: "drawing ahead")
  private let count: Int
  private let make: @Sendable (Range<Int>) -> [Patient]
  private var waiting: Range<Int>?
  private var made: [Patient] = []

  init(count: Int, make: @escaping @Sendable (Range<Int>) -> [Patient]) {
    self.count = count
    self.make = make
  }

  /// The patients in `range`; begins with as many after them.
  func next(_ range: Range<Int>) -> [Patient] {
    let part = queue.sync { waiting == range ? made : make(range) }
    let following = range.upperBound..<min(range.upperBound + range.count, count)
    waiting = following.isEmpty ? nil : following
    if !following.isEmpty { queue.async { [self] in made = make(following) } }
    return part
  }
}
