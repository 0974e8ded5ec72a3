/// Tables, timetables, datetimes, strings and other objects of MATLAB. A 7.3 file keeps their values in a form that
/// is MATLAB's own, so that all a reader can do is name them, and say how to save them readable.
enum MatlabObject {
  /// What each visible object is, why it is not read, and what to save in its place.
  static func remarks(in source: CohortSource) -> [String] {
    visible(in: source).map(remark)
  }

  static func remark(_ object: (path: String, kind: String)) -> String {
    "\(object.path) is a MATLAB \(object.kind), whose values only MATLAB can unpack, and is not read; "
      + remedy(object)
  }

  /// Why a file in which no layout fits cannot be read, where it holds objects; `nil` where it holds none.
  static func error(in source: CohortSource) -> CohortFileError? {
    guard let first = visible(in: source).first ?? source.objects.first(where: { source.isInScope($0.path) })
    else { return nil }
    return .unusable(
      file: source.name, path: first.path,
      problem: "is a MATLAB \(first.kind), whose values only MATLAB can unpack", remedy: remedy(first))
  }

  private static func visible(in source: CohortSource) -> [(path: String, kind: String)] {
    source.objects.filter { source.isInScope($0.path) && !$0.path.hasPrefix("/#") }
  }

  /// A line of MATLAB that makes a plain variable of the object.
  private static func remedy(_ object: (path: String, kind: String)) -> String {
    let name = object.path.split(separator: "/").joined(separator: ".")
    let line =
      switch object.kind {
      case "table": "S = table2struct(\(name), 'ToScalar', true), or table2array(\(name)),"
      case "timetable":
        "S = table2struct(timetable2table(\(name)), 'ToScalar', true), its times by posixtime or seconds,"
      case "datetime": "posixtime(\(name)) or datenum(\(name))"
      case "duration": "seconds(\(name))"
      case "string": "cellstr(\(name))"
      case "categorical": "cellstr(\(name)), or double(\(name)) for codes,"
      case "containers.Map", "dictionary": "its keys and values as cells"
      default: "struct(\(name))"
      }
    return "in MATLAB, save \(line) with -v7.3 instead"
  }
}
