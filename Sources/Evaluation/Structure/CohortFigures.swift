import Cohorts
import Foundation

/// The figures of a report that need no fitting: marginals, percentile fans, autocorrelations, spectra,
/// correlations, what is missing, lengths, and some patients to look at.
///
/// Of more than ``mostChannels`` channels the ones observed most are shown.
public struct CohortFigures: Measure {
  public let name = "figures"

  public static let mostChannels = 24
  /// Windows of each side that figures are made of, at most.
  static let mostWindows = 2_000
  /// Patients of each side that are shown one by one.
  static let shownPatients = 8

  public init() {}

  public func cost(_ material: Material, _ settings: EvaluationSettings) -> Double {
    let windows = min(max(material.real.windows.count, material.synthetic.windows.count), Self.mostWindows)
    return 0.2 + Double(windows * material.window * material.real.windows.width) * 1.5e-6
  }

  public func run(_ material: Material, _ context: Context) throws -> Outcome {
    let subject = StatisticSubject(material, context, mostWindows: Self.mostWindows)
    let channels = StructureStatistics.bestObserved(subject.scales, most: Self.mostChannels)
    let figures = WindowFigures(subject, channels: channels)
    var exhibits = figures.marginals()
    try context.done(0.2)
    exhibits += figures.fans()
    try context.done(0.5)
    exhibits += try figures.autocorrelationsAndSpectra()
    exhibits += try figures.correlations()
    exhibits += try figures.missing()
    try context.done(0.8)
    let patients = PatientFigures(material, context, channels: channels)
    exhibits += patients.lengths()
    exhibits += patients.trajectories()
    exhibits += patients.waves()
    var outcome = Outcome(exhibits: exhibits)
    outcome.remarks.append(
      "Figures show single real patients by their identifiers: treat the report like the real data.")
    if subject.scales.count > channels.count {
      outcome.remarks.append(
        "Figures show the \(channels.count) channels observed most, of \(subject.scales.count).")
    }
    return outcome
  }
}

/// Time as a figure shows it.
struct FigureTime: Sendable {
  let label: String
  /// What a frame is in that unit.
  let frame: Double
  /// Frequencies: what one cycle a frame is in that unit.
  let frequency: Double
  let frequencyLabel: String

  init(_ clock: FrameClock) {
    guard clock.hasTime else {
      (label, frame, frequency, frequencyLabel) = ("step", 1, 1, "cycles a step")
      return
    }
    if clock.span >= 60 {
      (label, frame) = ("hours", clock.span / 3600)
      (frequency, frequencyLabel) = (3600 / clock.span, "cycles an hour")
    } else {
      (label, frame) = ("seconds", clock.span)
      (frequency, frequencyLabel) = (1 / clock.span, "Hz")
    }
  }
}
