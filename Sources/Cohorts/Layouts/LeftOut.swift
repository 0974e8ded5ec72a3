import HDF5

extension CohortSource {
  /// A remark on what stands in the groups of patients and is not read: single values and texts by their names.
  func leftOut(of groups: [GroupInfo], read: Set<String>) -> [String] {
    var singles: [String] = []
    var others: [String] = []
    for group in groups {
      let inside = group.path == "/" ? "/" : group.path + "/"
      for info in datasets(below: group)
      where !read.contains(info.path) && !Surroundings.known.contains(info.name.lowercased()) && !info.isMask
      {
        let name = String(info.path.dropFirst(inside.count))
        if info.shape.product == 1 {
          if !singles.contains(name) { singles.append(name) }
        } else if !TableRoles.isTime(info.name), others.count < 4 {
          others.append("\(info.path) \(info.shape)")
        }
      }
    }
    var remarks: [String] = []
    if !singles.isEmpty {
      let shown = singles.prefix(8).joined(separator: ", ")
      let rest = singles.count > 8 ? " and \(singles.count - 8) more" : ""
      remarks.append("\(shown)\(rest) in patients' groups are single values, no series, and are not read")
    }
    if !others.isEmpty {
      remarks.append(
        "\(others.joined(separator: ", ")) are no series of a patient and are not read; --path reads one")
    }
    return remarks
  }

  private func datasets(below group: GroupInfo) -> [DatasetInfo] {
    members(of: group.path) + group.groups.compactMap { self.group($0) }.flatMap { datasets(below: $0) }
  }
}
