/// Fields beside an array in a MATLAB struct that have one entry per patient: identifiers and statics.
struct MatlabFields {
  private(set) var ids: [String]?
  private(set) var covariates: [CovariateColumn] = []

  /// - Parameter count: N; fields of another number of entries are left out.
  init(beside data: DatasetInfo, count: Int, in source: CohortSource) throws {
    guard try source.attribute(of: data.path, ["matlab_class"]) != nil else { return }
    for field in source.members(of: source.parent(of: data.path)) where field.path != data.path {
      guard field.shape.count <= 2, field.shape.product == count, count > 1 else { continue }
      let key = field.name.lowercased()
      if field.type == .reference {
        let values = try source.file.dataset(field.path).readReferences().map(source.matlabValue)
        let texts = values.compactMap { value -> String? in
          if case .text(let text) = value { text } else { nil }
        }
        guard texts.count == count else { continue }
        if Surroundings.idNames.contains(key) || key == "subjectid" {
          ids = texts
        } else {
          add(field.name, .text(texts.map(RawColumn.text)))
        }
      } else if let info = try source.matlabValue(field.path).info {
        let decoding = try source.decoding(of: info)
        let numbers = try source.file.dataset(info.path).read(Double.self).map(decoding.apply)
        if numbers.contains(where: { !$0.isNaN }) { add(field.name, .numbers(numbers, isInteger: false)) }
      }
    }
  }

  /// How many entries most vectors beside an array have, if it is the length of one of its axes; else `nil`.
  static func count(beside data: DatasetInfo, in source: CohortSource) throws -> Int? {
    guard try source.attribute(of: data.path, ["matlab_class"]) != nil else { return nil }
    var votes: [Int: Int] = [:]
    for field in source.members(of: source.parent(of: data.path)) where field.path != data.path {
      guard field.shape.count == 2, field.shape.contains(1) else { continue }
      let length = field.shape.product
      if length > 1, data.shape.contains(length) { votes[length, default: 0] += 1 }
    }
    return votes.max { $0.value < $1.value }?.key
  }

  private mutating func add(_ name: String, _ column: RawColumn) {
    let role: Covariate.Role = Surroundings.isOutcome(name) ? .outcome : .static
    if let read = CovariateColumn(name: name, unit: nil, role: role, column: column) {
      covariates.append(read)
    }
  }
}
