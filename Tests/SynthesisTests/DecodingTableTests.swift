import Testing

@testable import Synthesis
@testable import Tensors

@Suite("Columns laid out for drawing")
struct DecodingTableTests {
  @Test("every coordinate decodes to the bits that the column gives it")
  func equalsColumn() {
    var rng = Philox(seed: 30)
    let whole = (0..<4000).map { _ in (80 + 15 * rng.normal()).rounded() }
    let codes = (0..<300).map { _ in Float(rng.next() % 3) }
    let rare = Array(repeating: Float(5), count: 990) + (0..<10).map { _ in Float(100 + rng.next() % 2) }
    let columns = [
      Column(fitting: whole), Column(fitting: codes, isCategorical: true), Column(fitting: rare),
      Column(fitting: (0..<500).map { _ in rng.normal() }), Column(fitting: [7, 7, 7]),
    ]
    let table = DecodingTable(columns)
    for (k, column) in columns.enumerated() where column.isActive {
      var coordinates = (0..<5000).map { _ in 2 * rng.normal() } + [-1e9, 1e9, 0, -9, 9]
      if case .cells(_, let bounds) = column.kind {
        // The edges of cells, and a hair to either side.
        for bound in bounds {
          let z = (bound - column.mean) / column.deviation
          coordinates += [z, z.nextUp, z.nextDown]
        }
      }
      for z in coordinates {
        let (found, wanted) = (table.entries[k].decode(z), column.decode(z))
        #expect(found.value == wanted.value && found.z == wanted.z, "column \(k) at \(z)")
      }
    }
    withExtendedLifetime(table) {}
  }
}
