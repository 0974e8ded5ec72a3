import CProbe
import Cohorts
import Foundation
import Networks
import Synthesis
import Tensors

/// All that is measured, row by row.
struct Measurement {
  let effort: Effort
  let torch: Yardstick?
  var table: Table
  var kernels: Kernels
  let program: String?
  let data: String?
  /// Before the names of rows of a forced instruction set.
  var prefix = ""

  init(
    effort: Effort, torch: Yardstick?, table: Table, kernels: Kernels, program: String?, data: String?
  ) {
    (self.effort, self.torch, self.table) = (effort, torch, table)
    (self.kernels, self.program, self.data) = (kernels, program, data)
  }

  mutating func add(_ row: Row) { table.add(row, isa: kernels.name) }

  // MARK: Steps

  /// The largest ratio of each case that we mean to keep.
  private static let bars: [Cell: [String: Double]] = [
    .gru: ["a": 0.085, "b": 0.18, "c": 0.20, "d": 0.33], .lstm: ["a": 0.20, "b": 0.40],
  ]

  mutating func steps() throws {
    for cell in Cell.allCases {
      for size in cell == .gru ? Size.all : [.a, .b] {
        let name = "\(cell.rawValue) \(size.name)"
        let step = PlainStep(size, cell: cell, kernels: kernels)
        let found = try alternating(effort, case: name, yardstick: torch) { step() }
        add(
          Row(
            prefix + name, ours: found.ours, other: found.other, flops: size.flops(cell),
            bar: prefix.isEmpty ? Self.bars[cell]?[size.name] : nil))
      }
    }
  }

  /// TimeGAN's joint iteration as `train --preset reference` runs it, filling the batch included.
  mutating func joint() throws {
    let bars = ["": ["a": 0.095, "b": 0.18], "avx2 ": ["a": 0.22, "b": 0.42]][prefix] ?? [:]
    for size in [Size.a, .b] {
      let session = try jointSession(size, threads: 1)
      var number = 0
      let found = try alternating(effort, case: "joint \(size.name)", yardstick: torch) {
        session.step(.joint, number)
        number += 1
      }
      add(
        Row(
          "\(prefix)joint \(size.name)", ours: found.ours, other: found.other,
          flops: size.jointFlops(.gru), bar: bars[size.name]))
    }
  }

  func jointSession(_ size: Size, threads: Int) throws -> TrainingSession {
    var configuration = Configuration(preset: .reference)
    configuration.hidden = size.hidden
    configuration.layers = size.layers
    configuration.batch = size.batch
    let cohort = Cohorts.uniform(patients: 2 * size.batch, steps: size.steps, channels: size.inputs)
    return try TrainingSession(
      on: cohort, configuration: configuration, kernels: kernels, threads: threads)
  }

  /// A supervised step of the `standard` preset, filling the batch included.
  mutating func standard() throws {
    for (name, statics) in [("eicu", 4), ("stock", 0)] {
      var configuration = Configuration(preset: .standard)
      if name == "stock" { configuration.window = 24 }
      let cohort = try standardCohort(name, statics: statics)
      let session = try TrainingSession(
        on: cohort, configuration: configuration, kernels: kernels, threads: 1)
      var number = 0
      let found = try alternating(effort, case: "standard \(name)", yardstick: torch) {
        session.step(.supervised, number % 400)
        number += 1
      }
      add(
        Row(
          "\(prefix)standard \(name)", ours: found.ours, other: found.other, bar: prefix.isEmpty ? 0.22 : nil,
          note: data == nil ? "simulated" : nil))
    }
  }

  private func standardCohort(_ name: String, statics: Int) throws -> Cohort {
    guard let data else {
      return name == "stock" ? Cohorts.stock() : Cohorts.vitals(patients: 1500, statics: statics)
    }
    let file = name == "stock" ? "stock.h5" : "eicu_demo_vitals_24h.h5"
    return try CohortFile.read(path: "\(data)/\(file)")
  }

  /// Gradients beside PyTorch's, for the same weights and numbers.
  mutating func agreement() throws {
    guard let torch else { return print("agreement: needs --python") }
    for cell in Cell.allCases {
      for size in cell == .gru ? Size.all : [.a, .b] {
        let step = PlainStep(size, cell: cell, kernels: kernels)
        let deviation = try step.deviation(from: torch, case: "\(cell.rawValue) \(size.name)")
        let bar = size.name == "a" || size.name == "b" ? 1e-4 : 1e-3
        print(
          String(
            format: "gradients of %@ %@ differ from PyTorch's by at most %.1e of the largest (bar %.0e)",
            cell.rawValue, size.name, deviation, bar))
      }
    }
  }

  // MARK: Kernels

  /// Each kind of kernel alone, in memory that the first cache holds, against the peak.
  mutating func micro() {
    let table = kernels.table.pointee
    let lanes = defaultLanes
    var rng = Philox(seed: 4)
    func random(_ count: Int) -> Floats { Floats((0..<count).map { _ in 0.1 * rng.normal() }) }
    for (k, rows) in [(24, 72), (64, 192), (256, 768)] {
      let (w, x, y) = (random(k * rows), random(k * lanes), random(rows * lanes))
      let packed = Floats(table.packed_size(k, rows))
      table.pack(w.base, k, rows, rows, 0, packed.base)
      let flops = 2 * Double(k * rows * lanes)
      measure("dense \(k)x\(rows)", flops) {
        table.dense(packed.base, nil, k, rows, 1, lanes, x.base, k * lanes, y.base, rows * lanes, 0)
      }
      let steps = 24
      let (xs, dys, dw) = (random(k * lanes * steps), random(rows * lanes * steps), Floats(k * rows))
      let scratch = Floats(table.gradient_scratch(lanes))
      measure("gradient \(k)x\(rows)", flops * Double(steps)) {
        table.dense_gradient(
          k, rows, steps, lanes, xs.base, k * lanes, dys.base, rows * lanes, dw.base, rows, nil,
          scratch.base)
      }
      withExtendedLifetime((w, x, y, packed, xs, dys, dw, scratch)) {}
    }
    let n = 4096
    let (x, y) = (random(n), random(n))
    for (name, kernel) in [
      ("tanh", table.tanh), ("sigmoid", table.sigmoid), ("exp", table.exp), ("silu", table.silu),
    ] {
      let seconds = time { kernel?(n, x.base, y.base) }
      add(Row("\(prefix)\(name) x \(n)", ours: seconds, note: perNumber(seconds, n)))
    }
    let positive = Floats(x.array.map { abs($0) + 0.01 })
    let logs = time { table.log(n, positive.base, y.base) }
    add(Row("\(prefix)log x \(n)", ours: logs, note: perNumber(logs, n)))
    let (m, v) = (Floats(n), Floats(n))
    let adam = time { table.adam(n, x.base, y.base, m.base, v.base, 1e-4, 0.9, 0.999, 1e-8, 1, 1, 1) }
    add(Row("\(prefix)adam x \(n)", ours: adam, note: perNumber(adam, n)))
    let components = 8
    let head = random(3 * components * lanes * 24)
    let (target, weight) = (random(lanes * 24), Floats([Float](repeating: 1, count: lanes * 24)))
    let (loss, slopes) = (Floats(lanes), Floats(head.count))
    let mixture = time {
      table.mixture_nll(
        components, 4, 1, 0.01, 24, lanes, head.base, 3 * components * lanes, target.base, lanes, nil, 0,
        weight.base, lanes, loss.base, slopes.base)
    }
    add(Row("\(prefix)mixture of 8 x \(24 * lanes)", ours: mixture, note: perNumber(mixture, 24 * lanes)))
    withExtendedLifetime((x, y, positive, m, v, head, target, weight, loss, slopes)) {}
  }

  private func perNumber(_ seconds: Double, _ n: Int) -> String {
    String(format: "%.2f ns each", seconds * 1e9 / Double(n))
  }

  private func time(_ body: () -> Void) -> Double {
    let quick = Effort(repeats: effort.repeats, seconds: 0.02)
    let count = calls(quick, body)
    return (0..<quick.repeats).map { _ in cpuSeconds(count, body) }.min() ?? 0
  }

  private mutating func measure(_ name: String, _ flops: Double, _ body: () -> Void) {
    add(Row(prefix + name, ours: time(body), flops: flops))
  }

  // MARK: Threads and memory

  /// Wall time of two threads beside one, the best of several.
  mutating func threads() throws {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    guard processors > 1 else { return print("threads: there is one processor") }
    for size in [Size.a, .b] {
      var best: [Int: Double] = [:]
      let sessions = try [1, 2].map { ($0, try jointSession(size, threads: $0)) }
      var number = 0
      for _ in 0..<(size.name == "a" ? 40 : effort.repeats) {
        for (threads, session) in sessions {
          let seconds = wallSeconds { session.step(.joint, number) }
          best[threads] = min(best[threads] ?? .infinity, seconds)
        }
        number += 1
      }
      add(
        Row(
          "joint \(size.name), 2 threads / 1", ours: best[2] ?? 0, other: best[1] ?? 0, bar: 0.55,
          note: String(format: "wall, load %.1f", loadAverage())))
    }
  }

  /// Calls of malloc in a training step once it has run a few times.
  mutating func allocations() throws {
    guard probe_counts_allocations() == 1 else { return print("allocations: cannot be counted here") }
    for threads in [1, 2] {
      let step = PlainStep(.a, cell: .gru, kernels: kernels, threads: threads)
      print("allocations of a plain step, \(threads) threads: \(allocations { step() })")
      let joint = try jointSession(.a, threads: threads)
      var number = 0
      let reference = allocations {
        joint.step(.joint, number)
        number += 1
      }
      print("allocations of a joint iteration and its report, \(threads) threads: \(reference)")
      let standard = try TrainingSession(
        on: Cohorts.vitals(patients: 500, statics: 4), configuration: Configuration(preset: .standard),
        kernels: kernels, threads: threads)
      let supervised = allocations {
        standard.step(.supervised, number % 100)
        number += 1
      }
      print("allocations of a supervised step and its report, \(threads) threads: \(supervised)")
    }
  }

  private func allocations(_ body: () -> Void) -> Int64 {
    for _ in 0..<5 { body() }
    let before = probe_allocations()
    for _ in 0..<10 { body() }
    return (probe_allocations() - before) / 10
  }

  /// A sequence of 10,000 steps, cut so that its step stays within memory.
  mutating func long() throws {
    let size = Size(name: "10000 steps", inputs: 16, hidden: 64, layers: 3, steps: 10_000, batch: 32)
    for cell in Cell.allCases {
      let step = PlainStep(size, cell: cell, kernels: kernels, threads: 2)
      let seconds = (0..<3).map { _ in wallSeconds { step() } }.min() ?? 0
      add(
        Row(
          "\(cell.rawValue) 10000 steps", ours: seconds, flops: size.flops(cell),
          note: "\(step.bytes >> 20) MiB, \(step.stepsAtOnce) steps at once, wall"))
    }
    // What cutting costs: the same work whole and in pieces.
    let short = Size(name: "1000 steps", inputs: 16, hidden: 64, layers: 3, steps: 1000, batch: 32)
    let whole = PlainStep(short, cell: .gru, kernels: kernels)
    let cut = PlainStep(short, cell: .gru, kernels: kernels, limit: Plan.Limit(floats: 4 << 20))
    let pair = (0..<effort.repeats).map { _ in (cpuSeconds(1) { cut() }, cpuSeconds(1) { whole() }) }
    add(
      Row(
        "1000 steps cut / whole", ours: median(pair.map(\.0)), other: median(pair.map(\.1)),
        note: "\(cut.bytes >> 20) MiB for \(whole.bytes >> 20)"))
  }
}
