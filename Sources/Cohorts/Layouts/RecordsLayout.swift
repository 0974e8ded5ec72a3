import HDF5

/// A table of records (a compound dataset of rank 1): long with one value per record, or wide with a member per
/// channel.
final class RecordsLayout: CohortLayout {
  static let name = "records"

  let header: CohortHeader
  private let reader: TableReader

  static func candidates(in source: CohortSource) throws -> [LayoutCandidate] {
    try source.datasetsInScope.compactMap { info in
      guard case .compound(let fields) = info.type, info.shape.count == 1 else { return nil }
      var remarks: [String] = []
      let table = Table(
        path: info.path, rows: info.shape[0], columns: try source.tableColumns(ofRecords: info, &remarks))
      let roles = try TableRoles(of: table, in: source)
      let hasChannels = try table.columns.contains {
        try ($0.kind != .text || TableRoles.numbers(in: $0, rows: min(table.rows, 1000)) != nil)
          && !TableRoles.isRole($0.name) && $0.path != roles.patient?.path
          && $0.path != roles.time?.path
      }
      let areSigns = table.columns.contains { VitalSign.recognise(Channel(name: $0.name)) != nil }
      guard roles.isLong || hasChannels && (roles.patient != nil || roles.time != nil || areSigns) else {
        return nil
      }
      return LayoutCandidate(path: info.path, contents: "\(info.shape) records of \(fields.count) members")
    }
  }

  init(_ candidate: LayoutCandidate, in source: CohortSource) throws {
    guard let info = source.info(candidate.path) else {
      throw CohortFileError.missing(file: source.name, path: candidate.path, nearest: [])
    }
    var remarks: [String] = []
    let columns = try source.tableColumns(ofRecords: info, &remarks)
    let surroundings = try Surroundings(of: info, in: source)
    let names = try surroundings.channelNames(&remarks)
    reader = try TableReader(
      Table(path: info.path, rows: info.shape[0], columns: columns), layout: Self.name,
      itemNames: names?.list,
      statics: { ids, remarks in
        try surroundings.facts(stays: ids.count, rows: info.shape[0], &remarks)
      },
      in: source, remarks: remarks)
    header = reader.header
  }

  func patients(_ range: Range<Int>) throws -> [Patient] { try reader.patients(range) }
}
