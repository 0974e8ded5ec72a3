import Foundation

/// Where tests find what is not in a test.
enum Places {
  /// The package's folder.
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Files of other programs with a table of what they hold; no part of the package, `nil` where absent.
  static let fixtures: URL? = {
    let folder = package.deletingLastPathComponent().appending(path: "shared/fixtures/hdf5")
    return FileManager.default.fileExists(atPath: folder.appending(path: "expected.json").path) ? folder : nil
  }()

  /// The project's private Python; `nil` where `Scripts/test` has not made it.
  static let python: URL? = {
    let path = package.appending(path: ".venv/bin/python")
    return FileManager.default.isExecutableFile(atPath: path.path) ? path : nil
  }()
}
