import HDF5

extension CohortSource {
  /// The person that an attribute of a stay's group names.
  func subject(statedAt path: String) throws -> String? {
    let names = options.columns.subject.map { [$0.lowercased()] } ?? TableRoles.subjectNames
    guard let value = try attribute(of: path, names)?.1 else { return nil }
    return value.text.flatMap { RawColumn.text($0) } ?? value.number.map(Numeral.short)
  }

  /// Statics in the attributes of patients' groups: numbers and short texts, by name.
  func attributeCovariates(of groups: [GroupInfo], _ remarks: inout [String]) throws -> [CovariateColumn] {
    let skipped: Set<String> = [
      "class", "version", "title", "source", "license", "note", "notes", "comment", "description", "units",
      "unit",
      "channels", "columns", "missing", "layout", "segment", "t0", "start", "start_time", "end_time",
      "history", "original_name",
    ]
    var names: [String] = []
    var values: [[String: HDF5Value]] = []
    for group in groups {
      let own = try node(group.path).attributes()
      values.append(own)
      for name in own.keys.sorted() where !names.contains(name) { names.append(name) }
    }
    var columns: [CovariateColumn] = []
    for name in names {
      let key = name.lowercased()
      let varies = Set(values.compactMap { $0[name]?.text }).count > 1
      if skipped.contains(key) && !(key == "source" && varies) || rateName(name) != nil
        || TableRoles.isIdentifier(name)
      {
        continue
      }
      let own = values.map { $0[name] }
      let column: RawColumn
      if own.allSatisfy({ $0 == nil || $0?.text != nil }) {
        column = .text(own.map { $0?.text.flatMap(RawColumn.text) })
      } else if own.allSatisfy({ $0 == nil || $0?.number != nil }) {
        column = .numbers(
          own.map { $0?.number ?? .nan }, isInteger: own.allSatisfy { $0 == nil || $0?.wholeNumber != nil })
      } else {
        remarks.append("attribute \(name) of the patients' groups is not one number or text and is not read")
        continue
      }
      let role: Covariate.Role = Surroundings.outcomeWords.contains(key) ? .outcome : .static
      if let read = CovariateColumn(name: name, unit: nil, role: role, column: column) {
        columns.append(read)
      } else {
        remarks.append("attribute \(name) tells patients apart rather than describing them and is not read")
      }
    }
    return columns
  }
}
