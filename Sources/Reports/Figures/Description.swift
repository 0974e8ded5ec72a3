import Evaluation

/// A figure in a sentence, for those who listen to it.
enum Description {
  static func of(_ exhibit: Exhibit) -> String {
    switch exhibit.form {
    case .matrices:
      return exhibit.matrices.map { "\($0.label): \($0.rows.count) by \($0.columns.count)." }.joined(
        separator: " ")
    case .bars:
      return exhibit.labels.prefix(12).enumerated().map { i, label in
        let values = exhibit.curves.compactMap { curve in
          i < curve.y.count ? curve.y[i].map { "\(Series.name(curve)) \(NumberText.short($0))" } : nil
        }
        return "\(label): \(values.isEmpty ? "no value" : values.joined(separator: ", "))."
      }.joined(separator: " ")
    case .lines, .histogram, .points:
      return exhibit.curves.prefix(12).map { curve in
        let values = curve.y.compactMap { $0 }
        guard let low = values.min(), let high = values.max() else {
          return "\(Series.name(curve)): no values."
        }
        return
          "\(Series.name(curve)): \(values.count) values, \(NumberText.short(low)) to \(NumberText.short(high))."
      }.joined(separator: " ")
    }
  }
}
