import Evaluation
import Synthesis

/// The losses a model remembers of its training, as figures.
enum TrainingCurves {
  /// One figure for each phase and loss, and one for each score on a hold-out. Steps count within the phase.
  static func exhibits(of record: TrainingRecord) -> [Exhibit] {
    figures(record.steps + record.looks, of: "during")
      + figures(record.judgements, of: "on the hold-out during")
  }

  private static func figures(_ entries: [TrainingRecord.Entry], of what: String) -> [Exhibit] {
    Phase.allCases.flatMap { phase -> [Exhibit] in
      let own = entries.filter { $0.phase == phase }
      var names: [String] = []
      for entry in own {
        for loss in entry.losses where !names.contains(loss.name) { names.append(loss.name) }
      }
      return names.map { name in
        let points = own.compactMap { entry in
          entry.losses.first { $0.name == name }.map { (Double(entry.step), $0.value) }
        }
        return Exhibit(
          name: "training/\(phase.rawValue) \(name)", part: .fidelity,
          title: "\(name) \(what) the \(phase.rawValue) phase",
          caption: "What the model remembers of its training.", form: .lines, xLabel: "step", yLabel: name,
          curves: [
            Exhibit.Curve(
              label: name, role: .other, x: points.map(\.0), y: points.map { $0.1.isFinite ? $0.1 : nil })
          ])
      }
    }
  }
}
