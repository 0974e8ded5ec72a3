import ArgumentParser
import CProbe
import Cohorts
import Foundation
import Networks
import Synthesis
import Tensors

/// Measures the recurrent core. `Scripts/benchmark` builds and calls it.
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measures steps, kernels, generation and whole runs.",
    discussion: """
      Times of steps are processor time of one thread, medians of pairs. Rows of the groups threads, generation \
      and long are wall time, the best of several: they want a quiet machine, whose load is printed.
      """)

  enum Group: String, CaseIterable, ExpressibleByArgument {
    case step, joint, standard, avx2, bf16, micro, threads, allocations, generation, whole, long, agreement
  }

  @Option(help: "What to measure; all of it where not given.", transform: Self.groups)
  var only: [Group]?

  @Option(help: ArgumentHelp("Write the rows to this file.", valueName: "file"))
  var json: String?

  @Option(help: "A Python that has torch, to measure against.")
  var python: String?

  @Option(help: "yardstick.py.")
  var yardstick = "yardstick.py"

  @Option(help: "The vitalcohort program, for generation and whole runs.")
  var program: String?

  @Option(help: "A folder with eicu_demo_vitals_24h.h5 and stock.h5; simulated cohorts where not given.")
  var data: String?

  @Option(help: "Pairs of measurements.")
  var repeats = 9

  @Option(help: ArgumentHelp("Rows of an earlier --json to compare with.", valueName: "file"))
  var baseline: String?

  @Option(help: "How much slower than the baseline is a failure.")
  var tolerance = 0.1

  @Option(
    help: ArgumentHelp("Only read parts of a dataset in this file, and print seconds.", valueName: "file"))
  var read: String?

  @Option(help: "The dataset of --read.")
  var dataset = "vitals"

  @Option(help: "Rows in a part of --read.")
  var rows = 512

  @Option(help: "Parts of --read.")
  var parts = 1

  private static func groups(_ text: String) throws -> [Group] {
    try text.split(separator: ",").map { name in
      guard let group = Group(rawValue: String(name)) else {
        throw ValidationError(
          "\(name) is no group; there are \(Group.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return group
    }
  }

  private func wants(_ group: Group) -> Bool { only?.contains(group) ?? true }

  func run() throws {
    if let read {
      print(try SlabReading.seconds(file: read, dataset: dataset, rows: rows, parts: parts))
      return
    }
    let best = Kernels.best
    let torch = try python.map { try Yardstick(python: $0, script: yardstick) }
    var peaks: [String: Double] = [:]
    for kernels in Kernels.available + [Kernels.bfloat16].compactMap({ $0 }) where kernels.name != "plain" {
      peaks[kernels.name] = probe_peak(kernels.name, 0.5)
    }
    print("instruction set \(best.name), \(ProcessInfo.processInfo.activeProcessorCount) processors,")
    print("load \(String(format: "%.1f", loadAverage()))\(torch.map { ", against \($0.description)" } ?? "")")
    for (name, peak) in peaks.sorted(by: { $0.key < $1.key }) {
      print(String(format: "multiply-adds from registers, %@: %.0f GFLOP/s", name, peak))
    }
    if let torch { print(String(format: "PyTorch's sgemm: %.0f GFLOP/s", try torch.sgemm())) }
    if best.name != "avx512" {
      print("this processor has no AVX-512: its rows are \(best.name)'s, and the bars are not for it")
    }
    var measurement = Measurement(
      effort: Effort(repeats: repeats), torch: torch, table: Table(peaks: peaks), kernels: best,
      program: program, data: data)
    if wants(.step) { try measurement.steps() }
    if wants(.joint) { try measurement.joint() }
    if wants(.standard) { try measurement.standard() }
    if wants(.avx2), best.name == "avx512", let avx2 = try? Kernels.named("avx2") {
      measurement.kernels = avx2
      measurement.prefix = "avx2 "
      if wants(.step) { try measurement.steps() }
      try measurement.joint()
      measurement.kernels = best
      measurement.prefix = ""
    }
    if wants(.bf16) {
      if let bfloat16 = Kernels.bfloat16 {
        measurement.kernels = bfloat16
        measurement.prefix = "bf16 "
        try measurement.steps()
        try measurement.joint()
        try measurement.standard()
        measurement.kernels = best
        measurement.prefix = ""
      } else {
        print("this processor has no bfloat16 dot products: no rows for them")
      }
    }
    if wants(.agreement) { try measurement.agreement() }
    if wants(.micro) { measurement.micro() }
    if wants(.threads) { try measurement.threads() }
    if wants(.allocations) { try measurement.allocations() }
    if wants(.long) { try measurement.long() }
    if wants(.generation) { try measurement.generation() }
    if wants(.whole) { try measurement.whole() }
    if let json { try measurement.table.write(json) }
    if let baseline {
      let slower = try measurement.table.slower(than: baseline, tolerance: tolerance)
      for line in slower { print("slower: \(line)") }
      if !slower.isEmpty { throw ExitCode(3) }
      print("nothing is slower than in \(baseline) by more than \(Int(tolerance * 100)) %")
    }
  }
}
