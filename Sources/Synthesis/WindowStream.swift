import Cohorts
import Foundation
import Tensors

/// How a run divides the memory it may take.
///
/// | what                                  | bytes a value              | share |
/// |---------------------------------------|----------------------------|-------|
/// | a cohort that is held whole           | 26, and what fitting takes | 1/2   |
/// | the sample a streamed run is fitted on| 40                         | 1/3   |
/// | two slices, in use and being read     | 24                         | 1/5   |
/// | what training steps keep              |                            | 1/8   |
struct MemoryShares: Sendable, Equatable {
  let bytes: Int
  /// Values, missing ones included, of the largest cohort that is held whole.
  var whole: Int
  /// Values of the sample.
  var sample: Int
  /// Values of the windows in a slice.
  var slice: Int

  init(bytes: Int) {
    self.bytes = bytes
    whole = bytes / 64
    sample = bytes / 128
    slice = bytes / 128
  }

  /// For ``Configuration/keptMebibytes``.
  var keptMebibytes: Int { max(16, bytes >> 23) }

  /// Below this, programs and libraries leave no room.
  static let least = 512 << 20
  /// What is taken for a cohort that does not fit in half of the machine's memory, where no size is given: the same
  /// everywhere, as results depend on it.
  static let standard = 1 << 30
}

/// Windows as they were read, with what belongs to their patients.
struct StreamedWindows: Sendable {
  var windows: Windows
  /// Of the patients that ``windows`` were cut from.
  var covariates: [[Float]] = []
  var stayLengths: [Int] = []
}

/// Training windows of a cohort that does not fit in memory, a *slice* at a time.
///
/// The patients are cut into *blocks* that lie together in the file. Every epoch puts the blocks into a random order,
/// and takes as many at a time as a slice holds; a slice serves a fixed number of steps. Which windows serve a step
/// follows from the seed, the phase and the step's number alone.
final class WindowStream: Sendable {
  let file: String
  /// What the run may take.
  let memory: Int
  /// What the whole cohort would take.
  let bytes: Int
  let stepsPerSlice: Int
  private let source: PatientSource
  private let isHeldOut: [Bool]
  private let window: (length: Int, stride: Int)
  private let statics: LearntStatics
  private let seed: UInt64
  private let blocks: [Block]
  private let blocksPerSlice: Int

  private struct Block {
    var patients: Range<Int>
    var windows = 0
  }

  /// Slices in an epoch.
  var slices: Int { blocks.count / blocksPerSlice }
  /// Training windows of the whole cohort.
  var windows: Int { blocks.reduce(0) { $0 + $1.windows } }

  /// Blocks that make a slice, about.
  private static let mixing = 16
  /// How often a window of a slice is drawn, on average: reading a slice must not take longer than training on it.
  private static let draws = 4

  /// - Throws: ``TrainingError/doesNotFit(file:what:bytes:limit:remedy:)`` when a single stay is larger than a slice.
  init(
    _ source: PatientSource, _ survey: Survey, data: TrainingData, configuration: Configuration,
    shares: MemoryShares
  ) throws(TrainingError) {
    self.source = source
    (isHeldOut, window, seed) = (survey.isHeldOut, data.window, configuration.seed)
    statics = data.statics
    file = source.reader.file
    memory = shares.bytes
    let size = window.length * source.clock.width
    let counts = survey.frames.map {
      Windows.count(frames: Int($0), length: data.window.length, stride: data.window.stride)
    }
    bytes = counts.reduce(0, +) * size * (shares.bytes / shares.whole)
    if let longest = counts.max(), longest * size > shares.slice {
      throw .doesNotFit(
        file: file, what: "a stay of \(longest) windows",
        bytes: longest * size * (shares.bytes / shares.slice),
        limit: shares.bytes,
        remedy:
          "allow more with --memory, shorten stays with vitalcohort split --by window, or lower their rate "
          + "with --resample")
    }
    let blocks = Self.blocks(
      counts, isHeldOut, chunk: source.reader.patientsPerChunk,
      target: max(1, shares.slice / size / Self.mixing))
    self.blocks = blocks
    let total = blocks.reduce(0) { $0 + $1.windows }
    let batch = min(configuration.batch, data.training.count)
    // Even the smallest blocks together make a batch.
    let smallest = blocks.map(\.windows).sorted()
    var least = 0
    var enough = 0
    while enough < blocks.count, least < batch {
      least += smallest[enough]
      enough += 1
    }
    let fitting = shares.slice / size * blocks.count / max(total, 1)
    blocksPerSlice = max(1, min(blocks.count, max(fitting, enough)))
    stepsPerSlice = max(1, total / blocks.count * blocksPerSlice * Self.draws / batch)
  }

  /// Consecutive patients, in whole chunks where a chunk has no more than `target` windows.
  private static func blocks(_ counts: [Int], _ isHeldOut: [Bool], chunk: Int, target: Int) -> [Block] {
    var blocks: [Block] = []
    var block = Block(patients: 0..<0)
    for p in counts.indices {
      block.patients = block.patients.lowerBound..<p + 1
      block.windows += isHeldOut[p] ? 0 : counts[p]
      let ends = (p + 1) % chunk == 0 ? block.windows >= target : block.windows >= 2 * target
      if ends || p + 1 == counts.count {
        blocks.append(block)
        block = Block(patients: p + 1..<p + 1)
      }
    }
    let filled = blocks.filter { $0.windows > 0 }
    return filled.isEmpty ? blocks : filled
  }

  /// A slice of a phase.
  struct Place: Equatable, Sendable {
    var phase: Phase
    var number: Int
  }

  func place(_ phase: Phase, step: Int) -> Place { Place(phase: phase, number: step / stepsPerSlice) }

  private func blocks(of place: Place) -> [Block] {
    let phase = UInt64(Phase.allCases.firstIndex(of: place.phase) ?? 0)
    var rng = Philox(
      seed: seed, path: Purpose.slices.rawValue, phase, UInt64(place.number / slices))
    let order = Array(blocks.indices).shuffled(using: &rng)
    let first = place.number % slices * blocksPerSlice
    // In the order of the file, which discs like.
    return order[first..<first + blocksPerSlice].sorted().map { blocks[$0] }
  }

  /// Reads the windows of a slice.
  ///
  /// - Returns: `nil` when `isCancelled` says so in between.
  func read(_ place: Place, isCancelled: () -> Bool) throws -> StreamedWindows? {
    let blocks = blocks(of: place)
    var result = StreamedWindows(windows: .none(length: window.length, width: source.clock.width))
    result.windows.reserve(blocks.reduce(0) { $0 + $1.windows })
    for block in blocks {
      if isCancelled() { return nil }
      var (cohort, _) = try source.read(block.patients)
      cohort.patients = zip(block.patients, cohort.patients).filter { !isHeldOut[$0.0] }.map(\.1)
      let first = result.covariates.count
      result.windows.append(
        Windows(of: cohort, clock: source.clock, length: window.length, stride: window.stride),
        patientsFrom: first)
      for patient in cohort.patients {
        result.covariates.append(statics.learnt(patient.covariates))
        let frames: Int = source.clock.frames(of: patient, channels: cohort.channels)
        result.stayLengths.append(min(frames, window.length))
      }
    }
    return result
  }
}

/// Slices of a stream, coded, each read while training runs on the one before.
final class ReadAhead<Slice: Sendable> {
  private let stream: WindowStream
  private let code: @Sendable (StreamedWindows) -> Slice
  private let queue = DispatchQueue(label: "slices")
  private var current: WindowStream.Place?
  private var next: Reading?

  /// A slice on its way.
  private final class Reading: @unchecked Sendable {
    let place: WindowStream.Place
    private let lock = NSLock()
    private var result: Result<Slice?, any Error>?
    private var cancelled = false
    private let done = DispatchGroup()

    init(_ place: WindowStream.Place) { self.place = place }

    var isCancelled: Bool { lock.withLock { cancelled } }
    func cancel() { lock.withLock { cancelled = true } }

    func start(on queue: DispatchQueue, _ work: @escaping @Sendable () throws -> Slice?) {
      queue.async(group: done) { [self] in
        let result = Result { isCancelled ? nil : try work() }
        lock.withLock { self.result = result }
      }
    }

    /// Waits for it; it is not kept.
    func take() throws -> Slice? {
      done.wait()
      let found = lock.withLock {
        defer { result = nil }
        return result
      }
      return try found?.get()
    }
  }

  init(_ stream: WindowStream, code: @escaping @Sendable (StreamedWindows) -> Slice) {
    self.stream = stream
    self.code = code
  }

  deinit {
    // A program that ends must not be inside libhdf5.
    next?.cancel()
    queue.sync {}
  }

  /// Hands over the slice of a step where it is another than that of the step before, and begins to read the next
  /// one of the phase, which has steps up to `last`.
  func prepare(_ phase: Phase, _ step: Int, last: Int, use: (Slice) -> Void) throws {
    let place = stream.place(phase, step: step)
    guard place != current else { return }
    if next?.place != place {
      next?.cancel()
      next = begin(place)
    }
    guard let slice = try next?.take() else { return }
    next = nil
    current = place
    use(slice)
    if (place.number + 1) * stream.stepsPerSlice < last {
      next = begin(WindowStream.Place(phase: phase, number: place.number + 1))
    } else if let after = Phase.allCases.drop(while: { $0 != phase }).dropFirst().first {
      next = begin(WindowStream.Place(phase: after, number: 0))
    }
  }

  private func begin(_ place: WindowStream.Place) -> Reading {
    let reading = Reading(place)
    reading.start(on: queue) { [stream, code] in
      try stream.read(place) { reading.isCancelled }.map(code)
    }
    return reading
  }
}
