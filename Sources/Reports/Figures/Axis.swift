import Foundation

/// A scale with what is written along it.
struct Axis {
  struct Tick {
    var place: Double
    var text: String
  }

  var scale: Scale
  var ticks: [Tick]
  var title: String
  /// What a value is multiplied with to be shown.
  var factor = 1.0
  /// The unit behind a shown value; empty where the title says it.
  var unit = ""

  /// An axis of values. `title` is shown as it is.
  static func values(
    _ low: Double, _ high: Double, from start: Double, to end: Double, title: String, ticks count: Int,
    isLogarithmic: Bool = false
  ) -> Axis {
    let scale = Scale(low: low, high: high, start: start, end: end, isLogarithmic: isLogarithmic)
    let values =
      isLogarithmic ? Ticks.logarithmic(low, high, about: count) : Ticks.linear(low, high, about: count)
    let step = isLogarithmic ? 0 : values.count > 1 ? values[1] - values[0] : high - low
    let ticks = values.map { value in
      Tick(
        place: scale.place(value),
        text: NumberText.typeset(Ticks.text(value, step: isLogarithmic ? abs(value) : step)))
    }
    return Axis(scale: scale, ticks: ticks, title: title)
  }

  /// A horizontal axis: time, where the label says so, in the unit that fits the span; values elsewhere.
  static func horizontal(
    _ low: Double, _ high: Double, from start: Double, to end: Double, label: String, ticks count: Int
  ) -> Axis {
    guard let (given, bare) = TimeUnit.named(by: label) else {
      return values(low, high, from: start, to: end, title: label, ticks: count)
    }
    let unit = TimeUnit.fitting(seconds: max(high - low, high) * given.seconds)
    let factor = given.seconds / unit.seconds
    let step = unit.step((high - low) * factor, about: count)
    let scale = Scale(low: low, high: high, start: start, end: end)
    let ticks = Ticks.multiples(of: step, low * factor, high * factor).map { value in
      Tick(place: scale.place(value / factor), text: NumberText.typeset(Ticks.text(value, step: step)))
    }
    return Axis(
      scale: scale, ticks: ticks, title: "\(bare) [\(unit.rawValue)]", factor: factor, unit: unit.rawValue)
  }
}
