import Foundation
import HDF5

/// Reads parts of a dataset one after another, as training from a large file does.
enum SlabReading {
  /// Seconds for `parts` parts of `rows` rows each, from the first row on, as `Float`.
  ///
  /// - Throws: what reading throws.
  static func seconds(file: String, dataset: String, rows: Int, parts: Int) throws -> Double {
    let data = try HDF5File.open(file).dataset(dataset)
    var failure: (any Error)?
    let seconds = wallSeconds {
      do {
        for part in 0..<parts {
          var (offset, count) = (data.shape.map { _ in 0 }, data.shape)
          (offset[0], count[0]) = (part * rows, rows)
          _ = try data.read(Float.self, HDF5Slab(offset: offset, count: count))
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return seconds
  }
}
