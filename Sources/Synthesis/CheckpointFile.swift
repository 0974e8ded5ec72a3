import Foundation
import HDF5
import Networks
import Tensors

/// A training run in the middle: everything the next step depends on.
///
///     /                  attributes format, format_version, software, instruction_set, data_hash,
///                        content_hash
///     /configuration     JSON
///     /progress          phase, step and training record so far, JSON
///     /weights/NETWORK/… as in a model
///     /state/arrays/…    optimizer moments and averages
///     /state/numbers/…   counters and best values
enum CheckpointFile {
  static let format = "vitalcohort-checkpoint"
  static let version = 2

  static func write(
    _ procedure: any TrainingProcedure, progress: Progress, configuration: Configuration,
    fingerprint: UInt64, kernels: Kernels, to file: String
  ) throws {
    try HDF5File.writeAtomically(to: file) { h5 in
      let root = try h5.root()
      try root.setAttribute("format", format)
      try root.setAttribute("format_version", version)
      try root.setAttribute("software", "vitalcohort \(softwareVersion)")
      try root.setAttribute("instruction_set", kernels.name)
      try root.setAttribute("data_hash", String(fingerprint, radix: 16))
      let snapshot = procedure.state
      let texts = [ModelFile.json(configuration), ModelFile.json(progress)]
      try root.setAttribute("content_hash", hash(texts, procedure.networks, snapshot))
      try root.write("configuration", [texts[0]], shape: [])
      try root.write("progress", [texts[1]], shape: [])
      try ModelFile.writeWeights(procedure.networks, to: root)
      for (name, values) in snapshot.arrays.sorted(by: { $0.key < $1.key }) {
        try root.write("state/arrays/\(name)", values)
      }
      for (name, values) in snapshot.numbers.sorted(by: { $0.key < $1.key }) {
        try root.write("state/numbers/\(name)", values)
      }
    }
  }

  /// Puts `procedure` where the run was, and tells how far that is.
  ///
  /// - Throws: ``TrainingError/otherRun(file:difference:)`` when configuration or data are not the same.
  static func restore(
    _ procedure: any TrainingProcedure, configuration: Configuration, fingerprint: UInt64,
    kernels: Kernels, from file: String
  ) throws -> Progress {
    let h5 = try HDF5File.open(file)
    defer { try? h5.close() }
    try ModelFile.check(h5, format: format, version: version, file: file)
    let stored = try ModelFile.decode(Configuration.self, "configuration", h5, file)
    guard stored == configuration else {
      throw TrainingError.otherRun(file: file, difference: "its options differ")
    }
    guard try h5.root().attribute("data_hash")?.text == String(fingerprint, radix: 16) else {
      throw TrainingError.otherRun(file: file, difference: "its data differ")
    }
    for (name, own) in [
      ("instruction_set", kernels.name), ("software", "vitalcohort \(softwareVersion)"),
    ] {
      let found = try h5.root().attribute(name)?.text ?? "none"
      guard found == own else {
        throw TrainingError.otherRun(file: file, difference: "its \(name) is \(found), not \(own)")
      }
    }
    try ModelFile.readWeights(procedure.networks, from: h5, file: file)
    var snapshot = Snapshot()
    if try h5.contains("state/arrays") {
      for name in try h5.group("state/arrays").memberNames() {
        snapshot.arrays[name] = try h5.dataset("state/arrays/\(name)").read(Float.self)
      }
    }
    if try h5.contains("state/numbers") {
      for name in try h5.group("state/numbers").memberNames() {
        snapshot.numbers[name] = try h5.dataset("state/numbers/\(name)").read(Double.self)
      }
    }
    let texts = try ["configuration", "progress"].map { try ModelFile.text($0, h5, file) }
    try ModelFile.compare("content_hash", hash(texts, procedure.networks, snapshot), h5, file)
    procedure.state = snapshot
    return try ModelFile.decode(Progress.self, "progress", h5, file)
  }

  private static func hash(
    _ texts: [String], _ networks: [Parameters], _ snapshot: Snapshot
  ) -> String {
    var hash = Fingerprint()
    for text in texts { hash.add(text) }
    for network in networks { for value in network.array { hash.add(value) } }
    for (name, values) in snapshot.arrays.sorted(by: { $0.key < $1.key }) {
      hash.add(name)
      for value in values { hash.add(value) }
    }
    for (name, values) in snapshot.numbers.sorted(by: { $0.key < $1.key }) {
      hash.add(name)
      for value in values { hash.add("\(value)") }
    }
    return hash.hexadecimal
  }
}
