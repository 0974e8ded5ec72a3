import ArgumentParser
import Cohorts

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a cohort of any known layout in our own.",
    discussion: """
      The own layout is a netCDF-4 file with one labelled variable per channel; it opens in h5py, xarray, \
      MATLAB and R (see Datasets/FORMAT.md). Names, units and values stay as they are; sentinels and masked \
      values become NaN.

        vitalcohort convert export.h5 --output cohort.h5
      """)

  @Argument(help: ArgumentHelp("An HDF5 file.", valueName: "file"), completion: .file())
  var file: String

  @Option(help: "The file to write.", completion: .file())
  var output: String

  @OptionGroup var reading: ReadingArguments

  func run() throws {
    try Outputs.check(output, besides: file)
    let cohort = try CohortFile.read(path: file, options: reading.options)
    for remark in cohort.layout.remarks { Console.error("note: \(remark)") }
    try CohortFile.write(cohort, to: output)
    Console.line("\(output): \(cohort.patients.count) patients, \(cohort.channels.count) channels")
  }
}
