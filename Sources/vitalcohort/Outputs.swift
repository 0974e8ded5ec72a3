import Foundation
import HDF5

/// Checks of output files, before any work is done for them.
enum Outputs {
  struct SameFile: Error, CustomStringConvertible {
    let file: String
    var description: String { "\(file): is the file to read; choose another --output" }
  }

  /// - Throws: where `output` cannot be written, or would take the place of `input`.
  static func check(_ output: String, besides input: String) throws {
    try HDF5File.checkWritable(output)
    let places = [input, output].map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
    guard places[0] != places[1] else { throw SameFile(file: output) }
  }
}
