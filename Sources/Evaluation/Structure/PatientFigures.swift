import Cohorts
import Tensors

/// Figures of whole stays: their lengths, some patients of both cohorts on one time axis, and strips of waves.
struct PatientFigures {
  let material: Material
  let channels: [Int]
  private let time: FigureTime
  /// Numbers of patients shown, of each side.
  private let shown: (real: [Int], synthetic: [Int])

  static let mostSamples = 512
  static let waveSeconds = 8.0
  static let waveStrips = 3

  init(_ material: Material, _ context: Context, channels: [Int]) {
    self.material = material
    self.channels = channels
    time = FigureTime(material.real.clock)
    func choose(_ side: Material.Side, _ path: UInt64) -> [Int] {
      var random = context.random("figures-patients", path)
      let count = side.windows.count
      return random.sample(min(CohortFigures.shownPatients, count), below: count)
    }
    shown = (choose(material.real, 0), choose(material.synthetic, 1))
  }

  /// Shares of stays by their length.
  func lengths() -> [Exhibit] {
    let sides: [(Exhibit.Role, String, Material.Side?)] = [
      (.real, "real", material.real), (.synthetic, "synthetic", material.synthetic),
      (.holdout, "hold-out", material.holdout),
    ]
    let lengths = sides.map { _, _, side -> [Int] in
      guard let side else { return [] }
      return side.cohort.patients.map { side.clock.frames(of: $0, channels: side.cohort.channels) }
    }
    let longest = lengths.joined().max() ?? 0
    guard longest > 0, lengths[0].count > 1 else { return [] }
    let width = max(1, (longest + 39) / 40)
    let bins = longest / width + 1
    let curves = zip(sides, lengths).compactMap { side, lengths -> Exhibit.Curve? in
      guard !lengths.isEmpty else { return nil }
      var counts = [Double](repeating: 0, count: bins)
      for length in lengths { counts[length / width] += 1 }
      return Exhibit.Curve(
        label: side.1, role: side.0, x: (0...bins).map { Double($0 * width) * time.frame },
        y: counts.map { $0 / Double(lengths.count) })
    }
    return [
      Exhibit(
        name: "lengths", part: .structure, title: "Lengths of stays", caption: "Shares of stays by length.",
        form: .histogram, xLabel: time.label, yLabel: "share", curves: curves)
    ]
  }

  /// Windows drawn at random, one real and one synthetic together.
  func trajectories() -> [Exhibit] {
    (0..<min(shown.real.count, shown.synthetic.count)).flatMap { number in
      channels.compactMap { c in
        let curves = [
          curve(material.real, shown.real[number], c, .real),
          curve(material.synthetic, shown.synthetic[number], c, .synthetic),
        ].compactMap { $0 }
        guard !curves.isEmpty else { return nil }
        return Exhibit(
          name: "trajectory/\(number + 1)/\(material.channels[c].name)", part: .fidelity,
          title: "\(material.channels[c].name), a real and a synthetic patient",
          caption: "Two patients drawn at random: they need not resemble each other, but should look as if "
            + "they came from the same ward.",
          form: .lines, xLabel: time.label, yLabel: label(c), curves: curves)
      }
    }
  }

  private func label(_ c: Int) -> String {
    let channel = material.channels[c]
    return channel.unit.map { "\(channel.name) (\($0))" } ?? channel.name
  }

  /// `nil` where nothing is observed.
  private func curve(_ side: Material.Side, _ window: Int, _ c: Int, _ role: Exhibit.Role) -> Exhibit.Curve? {
    let windows = side.windows
    let slots = side.clock.slots[c]
    let count = min(windows.lengths[window] * slots, Self.mostSamples)
    let values = (0..<count).map { i -> Double? in
      let x = windows.values[
        (window * windows.length + i / slots) * windows.width + side.clock.offsets[c] + i % slots]
      return x.isFinite ? Double(x) : nil
    }
    guard values.contains(where: { $0 != nil }) else { return nil }
    let perSample = time.frame / Double(slots)
    return Exhibit.Curve(
      label: "\(role == .real ? "real" : "synthetic") \(side.cohort.patients[windows.patients[window]].id)",
      role: role, x: (0..<count).map { Double($0) * perSample }, y: values)
  }

  /// A few seconds of each fast channel, of some patients of both cohorts.
  func waves() -> [Exhibit] {
    channels.compactMap { c in
      guard let rate = material.channels[c].samplingRate, rate > FrameClock.slowRate else { return nil }
      let samples = Int(Self.waveSeconds * rate)
      func strips(_ side: Material.Side, _ windows: [Int], _ role: Exhibit.Role) -> [Exhibit.Curve] {
        windows.prefix(Self.waveStrips).compactMap { window in
          let patient = side.cohort.patients[side.windows.patients[window]]
          let values = patient.series[c].values
          let start = min(side.windows.starts[window] * side.clock.slots[c], max(0, values.count - samples))
          let strip = values[start..<min(start + samples, values.count)]
          guard strip.contains(where: \.isFinite) else { return nil }
          return Exhibit.Curve(
            label: "\(role == .real ? "real" : "synthetic") \(patient.id)", role: role,
            x: strip.indices.map { Double($0 - start) / rate },
            y: strip.map { $0.isFinite ? Double($0) : nil })
        }
      }
      let curves =
        strips(material.real, shown.real, .real) + strips(material.synthetic, shown.synthetic, .synthetic)
      guard !curves.isEmpty else { return nil }
      return Exhibit(
        name: "waves/\(material.channels[c].name)", part: .structure,
        title: "Strips of \(material.channels[c].name)",
        caption: "The first seconds of stays drawn at random; look at the shape of single beats and breaths.",
        form: .lines, xLabel: "seconds", yLabel: label(c), curves: curves)
    }
  }
}
