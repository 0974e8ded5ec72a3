import HDF5

/// Writes one static or outcome as a dataset over patients: numbers as `float32`, categories as codes that
/// `flag_values`, `flag_meanings` (CF) and `labels` explain.
struct CovariateWriter {
  let covariate: Covariate
  /// `[N]`
  let values: [Float]

  init(_ place: Int, of cohort: Cohort) {
    covariate = cohort.covariates[place]
    values = cohort.patients.map { $0.covariates[place] }
  }

  @discardableResult
  func write(_ name: String, to group: HDF5Group) throws -> HDF5Dataset {
    let variable: HDF5Dataset
    switch covariate.kind {
    case .continuous:
      var options = OwnWriter.options([values.count])
      options.fillValue = .nan
      variable = try group.write(name, values, options: options)
      try variable.setAttribute("_FillValue", Float.nan)
      try variable.setAttribute("kind", "continuous")
    case .categorical(let labels):
      variable =
        labels.count <= Int(Int8.max)
        ? try writeCodes(name, labels, to: group, as: Int8.self)
        : try writeCodes(name, labels, to: group, as: Int32.self)
      try variable.setAttribute("kind", "categorical")
      if !labels.isEmpty { try variable.setAttribute("labels", labels) }
    }
    try variable.setAttribute("long_name", covariate.name)
    try variable.setAttribute("role", covariate.role.rawValue)
    if let unit = covariate.unit { try variable.setAttribute("units", unit) }
    if variable.path.split(separator: "/").last.map(String.init) != covariate.name {
      try variable.setAttribute("original_name", covariate.name)
    }
    return variable
  }

  private func writeCodes<Code: HDF5Number & FixedWidthInteger>(
    _ name: String, _ labels: [String], to group: HDF5Group, as: Code.Type
  ) throws -> HDF5Dataset {
    let codes = values.map { $0.isNaN ? Code(OwnFormat.missingCode) : Code($0) }
    var options = OwnWriter.options([codes.count])
    options.fillValue = Double(OwnFormat.missingCode)
    let variable = try group.write(name, codes, options: options)
    try variable.setAttribute("_FillValue", Code(OwnFormat.missingCode))
    if !labels.isEmpty {
      try variable.setAttribute("flag_values", labels.indices.map { Code($0) })
      // CF separates meanings by blanks; the attribute labels has the exact texts
      try variable.setAttribute(
        "flag_meanings",
        labels.map { $0.isEmpty ? "_" : String($0.map { $0.isWhitespace ? "_" : $0 }) }
          .joined(separator: " "))
    }
    return variable
  }
}

extension Cohort {
  /// Writes all statics and outcomes to groups of these names in `group`.
  func writeCovariates(to group: HDF5Group) throws {
    var taken: [Covariate.Role: Set<String>] = [:]
    for c in covariates.indices {
      let role = covariates[c].role
      let name = OwnFormat.variable(covariates[c].name, avoiding: &taken[role, default: []])
      try CovariateWriter(c, of: self).write("\(role.rawValue)/\(name)", to: group)
    }
  }
}
