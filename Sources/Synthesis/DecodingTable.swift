import Tensors

/// Columns laid out for drawing millions of values: ``Column/decode(_:)``, to the bit, without a search.
///
/// A quantised column has a grid over its coordinate axis; each grid cell says where to begin looking.
final class DecodingTable {
  struct Entry {
    fileprivate let mean: Float
    fileprivate let deviation: Float
    /// A continuous column's range, or a quantised one's outermost bounds.
    fileprivate let low: Float
    fileprivate let high: Float
    /// Cells: count, upper bounds, values and their coordinates; 0 of them where the column is continuous.
    fileprivate let count: Int
    fileprivate let uppers: UnsafePointer<Float>
    fileprivate let values: UnsafePointer<Float>
    fileprivate let middles: UnsafePointer<Float>
    fileprivate let grid: UnsafePointer<Int32>
    fileprivate let gridScale: Float
    /// Cells to look at from where the grid says, at most.
    fileprivate let tries: Int

    /// The value at a coordinate, and the coordinate that value has itself.
    @inline(__always)
    func decode(_ z: Float) -> (value: Float, z: Float) {
      let raw = z * deviation + mean
      if count == 0 {
        if raw <= low { return (low, (low - mean) / deviation) }
        if raw >= high { return (high, (high - mean) / deviation) }
        return (raw, z)
      }
      let place = min(max((raw - low) * gridScale, 0), Float(DecodingTable.gridCells - 1))
      let first = Int(grid[Int(place)])
      // Bounds rise, so those that were passed are counted: no comparison waits for another, and none is a
      // branch, half of which would be guessed wrong.
      var k = first
      for i in 0..<tries { k &+= Int(unsafeBitCast(raw >= uppers[first &+ i], to: UInt8.self)) }
      return (values[k], middles[k])
    }
  }

  let entries: UnsafePointer<Entry>
  private let floats: [Floats]
  private let grids: [UnsafeMutablePointer<Int32>]
  private let memory: UnsafeMutablePointer<Entry>
  private static let gridCells = 1024

  init(_ columns: [Column]) {
    var storage: [Entry] = []
    var floats: [Floats] = []
    var grids: [UnsafeMutablePointer<Int32>] = []
    for column in columns {
      let grid = UnsafeMutablePointer<Int32>.allocate(capacity: Self.gridCells)
      grid.initialize(repeating: 0, count: Self.gridCells)
      grids.append(grid)
      var (uppers, values, middles): ([Float], [Float], [Float]) = ([], [], [])
      var range: (Float, Float) = (0, 0)
      switch column.kind {
      case .continuous(let minimum, let maximum): range = (minimum, maximum)
      case .constant(let value): range = (value, value)
      case .missing: range = (.nan, .nan)
      case .cells(let own, let bounds):
        values = own
        uppers = Array(bounds.dropFirst())
        middles = own.indices.map { ((bounds[$0] + bounds[$0 + 1]) / 2 - column.mean) / column.deviation }
        range = (bounds[0], bounds[bounds.count - 1])
        // Nothing lies beyond the last cell: no comparison with NaN holds.
        uppers[uppers.count - 1] = .nan
      }
      let scale = range.1 > range.0 ? Float(Self.gridCells) / (range.1 - range.0) : 0
      // Where to begin: one cell back, because the place of a number in the grid is rounded.
      var k = 0
      var tries = 0
      for cell in 0..<Self.gridCells where !uppers.isEmpty {
        let edge = { (cell: Int) in range.0 + Float(cell) / max(scale, .leastNormalMagnitude) }
        while k < uppers.count - 1, uppers[k] <= edge(cell - 1) { k += 1 }
        grid[cell] = Int32(k)
        // Numbers of the last cell of the grid can be anything above.
        let end = cell + 1 < Self.gridCells ? edge(cell + 2) : .infinity
        tries = max(tries, uppers[k...].prefix { $0 <= end }.count)
      }
      // As many can be looked at from any cell.
      uppers += Array(repeating: .nan, count: tries)
      let parts = [uppers, values, middles].map { Floats($0) }
      floats += parts
      storage.append(
        Entry(
          mean: column.mean, deviation: column.deviation, low: range.0, high: range.1,
          count: values.count, uppers: UnsafePointer(parts[0].base), values: UnsafePointer(parts[1].base),
          middles: UnsafePointer(parts[2].base), grid: UnsafePointer(grid), gridScale: scale, tries: tries))
    }
    (self.floats, self.grids) = (floats, grids)
    memory = .allocate(capacity: max(storage.count, 1))
    memory.initialize(from: storage, count: storage.count)
    entries = UnsafePointer(memory)
  }

  deinit {
    for grid in grids { grid.deallocate() }
    memory.deallocate()
  }
}
