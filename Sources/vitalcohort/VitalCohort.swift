import ArgumentParser

@main
struct VitalCohort: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vitalcohort",
    abstract: "Learns vital signs from an HDF5 cohort and writes synthetic patients back to HDF5.")
}
