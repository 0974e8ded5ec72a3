import Evaluation
import HDF5

/// The numbers behind every figure, as HDF5 for other tools.
///
///     /marginal/HR                 a group for each exhibit, at its name
///         name, part, form, title, caption, x_label, y_label     attributes
///         labels                   names of bars, where it has them
///         real/x, real/y           a group for each curve, named by its role; of histograms, x holds the edges
///         real/low, real/high      the band, where there is one
///         real_2                   a second curve of that role
///         real/values              of matrices, [rows, columns], with rows and columns beside it
///
/// Each curve and matrix has its `label` and `role` as attributes. Missing values are NaN. A name that HDF5 cannot
/// hold, or that is taken, is changed; the attribute `name` has it as it was.
public enum ExhibitFile {
  /// Writes a file that is there whole or not at all.
  public static func write(_ exhibits: [Exhibit], to path: String) throws {
    try HDF5File.writeAtomically(to: path) { file in
      let root = try file.root()
      try root.setAttribute("format", Authorship.exhibitFormat)
      try root.setAttribute("version", 1)
      for exhibit in exhibits { try write(exhibit, to: root) }
    }
  }

  private static func write(_ exhibit: Exhibit, to root: HDF5Group) throws {
    let pieces = exhibit.name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let group = try root.createGroup(freeName(pieces.map(component).joined(separator: "/"), in: root))
    for (name, text) in [
      ("name", exhibit.name), ("part", exhibit.part.rawValue), ("form", exhibit.form.rawValue),
      ("title", exhibit.title), ("caption", exhibit.caption), ("x_label", exhibit.xLabel),
      ("y_label", exhibit.yLabel),
    ] {
      try group.setAttribute(name, storable(text))
    }
    if !exhibit.labels.isEmpty { try group.write("labels", exhibit.labels.map(storable)) }
    for curve in exhibit.curves {
      let own = try member(curve.label, curve.role, of: group)
      try numbers("x", curve.x, in: own)
      try numbers("y", curve.y.map(orNaN), in: own)
      if let low = curve.low { try numbers("low", low.map(orNaN), in: own) }
      if let high = curve.high { try numbers("high", high.map(orNaN), in: own) }
    }
    for matrix in exhibit.matrices {
      let own = try member(matrix.label, matrix.role, of: group)
      let cells = matrix.rows.indices.flatMap { r in
        matrix.columns.indices.map { c in
          r < matrix.values.count && c < matrix.values[r].count ? orNaN(matrix.values[r][c]) : .nan
        }
      }
      try own.write("values", cells, shape: [matrix.rows.count, matrix.columns.count])
      try own.write("rows", matrix.rows.map(storable))
      try own.write("columns", matrix.columns.map(storable))
    }
  }

  private static func member(
    _ label: String, _ role: Exhibit.Role, of group: HDF5Group
  ) throws -> HDF5Group {
    let own = try group.createGroup(freeName(role.rawValue, in: group))
    try own.setAttribute("label", storable(label))
    try own.setAttribute("role", role.rawValue)
    return own
  }

  private static func numbers(_ name: String, _ values: [Double], in group: HDF5Group) throws {
    // Compression of a handful of numbers costs more than it saves.
    let options = values.count > 256 ? HDF5DatasetOptions(deflate: 6) : HDF5DatasetOptions()
    try group.write(name, values, options: options)
  }

  private static func orNaN(_ value: Double?) -> Double { value ?? .nan }

  /// HDF5 ends text at a zero.
  private static func storable(_ text: String) -> String { text.filter { $0 != "\0" } }

  private static func component(_ text: String) -> String {
    let kept = storable(text)
    return kept.isEmpty || kept == "." || kept == ".." ? "_" : kept
  }

  /// `name`, or with `_2`, `_3`, … where that is taken.
  private static func freeName(_ name: String, in group: HDF5Group) throws -> String {
    var (free, number) = (name, 1)
    while try group.contains(free) {
      number += 1
      free = "\(name)_\(number)"
    }
    return free
  }
}
