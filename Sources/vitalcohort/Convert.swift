import ArgumentParser
import Cohorts

struct Convert: WritingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a cohort of any known layout in our own, or as plain arrays.",
    discussion: """
      --to own keeps everything. --to array writes one dataset over patients, time and channels; --to ragged \
      all rows one after another with offsets; --to groups a group per patient with a dataset per channel.

      The own layout is a netCDF-4 file with one labelled variable per channel; it opens in h5py, xarray, \
      MATLAB and R (see Datasets/FORMAT.md). Names, units and values stay as they are; sentinels and masked \
      values become NaN.

        vitalcohort convert export.h5 --output cohort.h5
        vitalcohort convert stays/ --output cohort.h5 --to array --order NCT
      """)

  enum Layout: String, ExpressibleByArgument, CaseIterable { case own, array, ragged, groups }

  @Argument(help: ArgumentHelp("An HDF5 file.", valueName: "file"), completion: .file())
  var file: String

  @Option(help: "The file to write.", completion: .file())
  var output: String

  @Option(help: "The layout to write.")
  var to = Layout.own

  @Option(help: "For --to array, the axes in file order: N patients, T time, C channels.")
  var order = "NTC"

  @OptionGroup var replacing: ReplacingArguments

  @OptionGroup var reading: ReadingArguments

  var outputs: [Output] { [Output(option: "--output", path: output)] }
  var inputs: [String] { [file] }

  func validate() throws {
    guard order.uppercased().sorted() == ["C", "N", "T"] else {
      throw ValidationError("--order should be the letters N, T and C in some order, but is \(order).")
    }
  }

  func run() throws {
    guard to == .own, let reader = try CohortFile.reader(path: file, options: reading.options) else {
      return try write(CohortFile.read(path: file, options: reading.options))
    }
    if let cohort = try reader.cohort(upTo: Self.held) { return try write(cohort) }
    let display = CountDisplay(of: reader.count, what: "patients")
    var stream = try CohortStream(reader)
    let read = stream.patients
    stream.patients = { range in
      defer { display.show(range.upperBound) }
      return try read(range)
    }
    try CohortFile.write(stream, to: output)
    display.close()
    tell(reader.header, patients: reader.count)
  }

  /// Values of the largest cohort that is written from memory; a larger one goes from file to file, and is read
  /// twice.
  private static let held = 1 << 26

  private func write(_ cohort: Cohort) throws {
    try CohortFile.write(cohort, to: output, layout: layout)
    tell(cohort, patients: cohort.patients.count)
  }

  private func tell(_ cohort: Cohort, patients: Int) {
    for remark in cohort.layout.remarks { Console.error("note: \(remark)") }
    Console.line("\(output): \(patients) patients, \(cohort.channels.count) channels")
  }

  private var layout: WritingLayout {
    switch to {
    case .own: .own
    case .array: .array(path: "/data", axes: order.uppercased())
    case .ragged: .ragged
    case .groups: .groups
    }
  }
}
