import HDF5

/// How a cohort is laid out in a file that is written.
public enum WritingLayout: Sendable, Equatable {
  /// Our own: one labelled variable per channel. It keeps everything.
  case own
  /// One dataset at `path`, its axes in the order of the letters N, T and C, with names, units, identifiers,
  /// times and statics beside it. For channels of one rate.
  case array(path: String, axes: String)
  /// All rows one after another in `/values` `[rows, C]`, with `/offsets` `[N + 1]` and `/time`. For channels
  /// of one rate.
  case ragged
  /// A group per patient in `/patients`, with a dataset per channel at its own rate.
  case groups

  /// The layout of a file like the one `source` describes, where it is one we write; `nil` otherwise.
  public static func like(_ source: SourceLayout) -> WritingLayout? {
    switch source.name {
    case OwnLayout.name: .own
    case ArrayLayout.name: .array(path: source.path ?? "/data", axes: source.axes ?? "NTC")
    // Many windows of what was one series.
    case SeriesLayout.name: .array(path: source.path ?? "/data", axes: "NTC")
    default: nil
    }
  }
}

extension CohortFile {
  /// Writes a cohort to a file that is there whole or not at all. The same cohort gives the same bytes.
  ///
  /// - Throws: ``CohortFileError`` where the cohort does not fit the layout, `HDF5Error` where the file
  ///   cannot be written.
  public static func write(
    _ cohort: Cohort, to path: String, layout: WritingLayout = .own
  ) throws {
    guard !cohort.patients.isEmpty, !cohort.channels.isEmpty else {
      throw CohortFileError.notWritable(
        file: path,
        problem: "the cohort has no \(cohort.patients.isEmpty ? "patients" : "channels"); nothing is written")
    }
    try HDF5File.writeAtomically(to: path) { file in
      switch layout {
      case .own: try OwnWriter.write(cohort, to: file)
      case .array(let place, let axes):
        try ArrayWriter(cohort, path: place, axes: axes, file: path).write(to: file)
      case .ragged: try RaggedWriter(cohort, file: path).write(to: file)
      case .groups: try GroupsWriter(cohort: cohort).write(to: file)
      }
    }
  }
}
