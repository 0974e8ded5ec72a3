import HDF5

/// Writes one static or outcome as a dataset over patients: numbers as `float32`, categories as codes that
/// `flag_values`, `flag_meanings` (CF) and `labels` explain.
struct CovariateWriter {
  let covariate: Covariate

  init(_ covariate: Covariate) { self.covariate = covariate }

  /// Creates the dataset, `[N]`, with its attributes.
  func create(_ name: String, count: Int, in group: HDF5Group) throws -> HDF5Dataset {
    var options = OwnWriter.options([count])
    options.fillValue = labels == nil ? .nan : Double(OwnFormat.missingCode)
    let variable = try group.createDataset(
      name, type: labels == nil ? .float32 : isNarrow ? .int8 : .int32, shape: [count], options: options)
    if let labels {
      if isNarrow {
        try describe(labels, variable, as: Int8.self)
      } else {
        try describe(labels, variable, as: Int32.self)
      }
    } else {
      try variable.setAttribute("_FillValue", Float.nan)
      try variable.setAttribute("kind", "continuous")
    }
    try variable.setAttribute("long_name", covariate.name)
    try variable.setAttribute("role", covariate.role.rawValue)
    if let unit = covariate.unit { try variable.setAttribute("units", unit) }
    if variable.path.split(separator: "/").last.map(String.init) != covariate.name {
      try variable.setAttribute("original_name", covariate.name)
    }
    return variable
  }

  /// Writes the values of some patients.
  func write(_ values: [Float], to variable: HDF5Dataset, _ slab: HDF5Slab) throws {
    if labels == nil {
      try variable.write(values, slab)
    } else if isNarrow {
      try variable.write(codes(values, as: Int8.self), slab)
    } else {
      try variable.write(codes(values, as: Int32.self), slab)
    }
  }

  private var labels: [String]? {
    if case .categorical(let labels) = covariate.kind { labels } else { nil }
  }

  private var isNarrow: Bool { (labels?.count ?? 0) <= Int(Int8.max) }

  private func codes<Code: FixedWidthInteger>(_ values: [Float], as: Code.Type) -> [Code] {
    values.map { $0.isNaN ? Code(OwnFormat.missingCode) : Code($0) }
  }

  private func describe<Code: HDF5Number & FixedWidthInteger>(
    _ labels: [String], _ variable: HDF5Dataset, as: Code.Type
  ) throws {
    try variable.setAttribute("_FillValue", Code(OwnFormat.missingCode))
    if !labels.isEmpty {
      try variable.setAttribute("flag_values", labels.indices.map { Code($0) })
      try variable.setAttribute("flag_meanings", Self.meanings(labels))
    }
    try variable.setAttribute("kind", "categorical")
    if !labels.isEmpty { try variable.setAttribute("labels", labels) }
  }

  /// Labels as CF's `flag_meanings`, separated by blanks; the attribute `labels` has the exact texts.
  static func meanings(_ labels: [String]) -> String {
    labels.map { $0.isEmpty ? "_" : String($0.map { $0.isWhitespace ? "_" : $0 }) }.joined(separator: " ")
  }
}

extension Cohort {
  /// Writes `patient_id`, and `subject_id` where stays name their persons.
  func writeIdentifiers(to group: HDF5Group) throws {
    try group.write("patient_id", patients.map(\.id))
    guard patients.contains(where: { $0.subject != nil }) else { return }
    try group.write("subject_id", patients.map { $0.subject ?? "" })
  }

  /// Writes all statics and outcomes to groups of these names in `group`.
  func writeCovariates(to group: HDF5Group) throws {
    var taken: [Covariate.Role: Set<String>] = [:]
    for c in covariates.indices {
      let role = covariates[c].role
      let name = OwnFormat.variable(covariates[c].name, avoiding: &taken[role, default: []])
      let writer = CovariateWriter(covariates[c])
      let variable = try writer.create("\(role.rawValue)/\(name)", count: patients.count, in: group)
      try writer.write(
        patients.map { $0.covariates[c] }, to: variable, HDF5Slab(offset: [0], count: [patients.count]))
    }
  }
}
