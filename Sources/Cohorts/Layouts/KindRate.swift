import HDF5

extension Surroundings {
  /// Words for a rate that may stand before or after the name of a kind of signal: `sampling_rate_ecg`, `ppg_fs`.
  /// A bare `rate` or `frequency` is none: `resp_rate` is a vital sign.
  static let kindRateKeys = Set(
    rateKeys.map(TableRoles.key).filter { $0.hasPrefix("s") || $0.hasPrefix("fs") })

  /// The rate that is stated for the signal's own kind, by its name or that of a group it is in: the number
  /// `sampling_rate_ecg` for `ecg/II`, as an attribute or a dataset of a group above it or of `metadata` in one.
  func rateOfKind() throws -> Double? {
    let above = source.ancestors(of: data.path)
    let kinds = ([data.path] + above.dropLast()).map {
      TableRoles.key(String($0.split(separator: "/").last ?? ""))
    }
    let places = above.flatMap { group in
      [group]
        + ["metadata", "meta", "info", "header", "attributes", "config", "settings"].map {
          source.join(group, $0)
        }
    }.filter { source.group($0) != nil }
    for kind in kinds {
      for place in places {
        let rates = try source.kindRates(at: place)
        // `ECG1` is an ecg
        let bare = String(kind.reversed().drop { $0.isNumber }.reversed())
        if let rate = rates[kind] ?? rates[bare] { return rate }
      }
    }
    return nil
  }
}

extension CohortSource {
  /// The rates a group states by kinds of signals: in attributes and in datasets of one number.
  func kindRates(at group: String) throws -> [String: Double] {
    if let known = kindRatesByGroup[group] { return known }
    var rates: [String: Double] = [:]
    func add(_ name: String, _ number: () throws -> Double?) rethrows {
      let key = TableRoles.key(name)
      for word in Surroundings.kindRateKeys where key.count > word.count {
        let kind =
          key.hasPrefix(word)
          ? String(key.dropFirst(word.count)) : key.hasSuffix(word) ? String(key.dropLast(word.count)) : nil
        guard let kind, rates[kind] == nil, let rate = try number(), rate > 0, rate.isFinite else { continue }
        rates[kind] = rate
      }
    }
    for (name, value) in try node(group).attributes() {
      add(name) { value.number ?? value.text.flatMap { TimeUnit.hertz($0) } }
    }
    for info in members(of: group) where info.isNumeric && info.shape.reduce(1, *) == 1 {
      try add(info.name) { try file.dataset(info.path).read(Double.self).first }
    }
    kindRatesByGroup[group] = rates
    return rates
  }

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
        if info.shape.reduce(1, *) == 1 {
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
