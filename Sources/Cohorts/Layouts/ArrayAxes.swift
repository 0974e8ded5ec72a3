/// What an axis of an array stands for.
enum AxisRole: Character {
  case patient = "N"
  case time = "T"
  case channel = "C"

  /// The role a dimension's name tells: `patient`, `time`, `channel` and their kin.
  init?(name: String) {
    switch name.lowercased().trimmingPrefix(while: { !$0.isLetter }).prefix(while: { $0.isLetter }) {
    case "patient", "patients", "subject", "subjects", "stay", "stays", "window", "windows", "sequence",
      "sequences", "sample", "samples", "batch", "case", "cases", "record", "records", "n", "id", "episode",
      "icustay", "encounter", "admission", "person", "patientid", "instance", "station", "trajectory":
      self = .patient
    case "time", "times", "timestep", "timesteps", "step", "steps", "t", "hour", "hours", "row", "rows",
      "obs", "minute", "minutes", "second", "seconds", "timepoint", "timepoints", "frame", "frames", "date",
      "datetime":
      self = .time
    case "channel", "channels", "feature", "features", "variable", "variables", "signal", "signals", "c",
      "vital", "vitals", "column", "columns", "parameter", "parameters", "measurement", "measurements",
      "item",
      "items", "lead", "leads", "sensor", "sensors", "var", "vars":
      self = .channel
    default: return nil
    }
  }
}

/// The order of the axes of an array of values.
struct ArrayAxes: Equatable {
  /// In file order; `N` may be absent.
  let roles: [AxisRole]
  /// How the roles were found, for the remarks; `nil` when the file or the user says them.
  var assumption: String?

  var letters: String { String(roles.map(\.rawValue)) }

  func index(of role: AxisRole) -> Int? { roles.firstIndex(of: role) }

  init(roles: [AxisRole], assumption: String? = nil) {
    self.roles = roles
    self.assumption = assumption
  }

  /// Axes from letters such as `NTC`, in any case; `nil` when they are not each of `rank` different letters,
  /// time among them.
  init?(letters: String, rank: Int) {
    let roles = letters.uppercased().compactMap(AxisRole.init(rawValue:))
    guard roles.count == rank, letters.count == rank, Set(roles).count == rank, roles.contains(.time) else {
      return nil
    }
    self.init(roles: roles)
  }

  /// Axes from the names of dimensions; `nil` when a name is unknown or a role occurs twice.
  init?(names: [String]) {
    let roles = names.compactMap(AxisRole.init(name:))
    guard roles.count == names.count, Set(roles).count == roles.count, roles.contains(.time) else {
      return nil
    }
    self.init(roles: roles)
  }

  /// The orders that agree with the known counts, `NTC` first where it does.
  ///
  /// - Parameters:
  ///   - shape: of an array of rank 2 (time and channel) or 3.
  ///   - counts: how many patients, times or channels are known to be, from identifiers, times and names.
  static func fitting(shape: [Int], counts: [AxisRole: Int]) -> [ArrayAxes] {
    let usual: [AxisRole] = shape.count == 3 ? [.patient, .time, .channel] : [.time, .channel]
    return permutations(usual).filter { roles in
      zip(roles, shape).allSatisfy { role, size in counts[role].map { $0 == size } ?? true }
    }.map { ArrayAxes(roles: $0) }
  }

  private static func permutations(_ roles: [AxisRole]) -> [[AxisRole]] {
    guard roles.count > 1 else { return [roles] }
    return roles.indices.flatMap { i -> [[AxisRole]] in
      var rest = roles
      let first = rest.remove(at: i)
      return permutations(rest).map { [first] + $0 }
    }
  }
}
