/// Arrays of one channel each, over patient and time in either order or over time alone.
struct PatientGrid {
  /// The values of a channel and the place of the patient's axis.
  typealias Block = (block: ValueBlock, patientAxis: Int?)

  let blocks: [Block]
  let ids: [String]
  /// The person of each stay; `nil` where the file names none.
  var subjects: [String?]?
  let clock: Surroundings.Clock
  let covariates: [CovariateColumn]

  func patients(_ range: Range<Int>) throws -> [Patient] {
    guard !range.isEmpty else { return [] }
    var patients = range.map { p in
      Patient(
        id: ids[p], subject: subjects?[p], series: [], covariates: covariates.map { $0.values[p] })
    }
    for (block, axis) in blocks {
      var start = block.shape.map { _ in 0 }
      var count = block.shape
      if let axis {
        start[axis] = range.lowerBound
        count[axis] = range.count
      }
      let values = try block.read(start: start, count: count)
      let steps = values.count / range.count
      for row in range.indices.map({ $0 - range.lowerBound }) {
        let column = (0..<steps).map { values[axis == 1 ? $0 * range.count + row : row * steps + $0] }
        patients[row].series.append(
          clock.placement?.series(column, path: block.path)
            ?? Series(start: clock.start, values: column, path: block.path))
      }
    }
    return patients
  }
}
