import Foundation
import HDF5
import Networks
import Tensors

/// Why a model file or a checkpoint cannot be used.
public enum ModelFileError: Error, Equatable, Sendable, CustomStringConvertible {
  case notOurs(file: String, expected: String, found: String)
  case newer(file: String, version: Int, known: Int)
  case older(file: String, version: Int, known: Int)
  case damaged(file: String, path: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .notOurs(let file, let expected, let found):
      "\(file): should be \(expected) that train has written, but \(found)"
    case .newer(let file, let version, let known):
      "\(file): has model format \(version), and this version reads up to \(known); "
        + "use a newer vitalcohort"
    case .older(let file, let version, let known):
      "\(file): has format \(version) of an earlier vitalcohort, and this version reads \(known); train again"
    case .damaged(let file, let path, let expected, let found):
      "\(file): \(path) should be \(expected), but \(found); the file is damaged, train again"
    }
  }
}

/// A model as one HDF5 file.
///
///     /                   attributes format, format_version, software, model_hash, text_hash
///     /configuration      every setting, JSON
///     /schema             channels, covariates, frames, source layout, JSON
///     /embedding          coordinates or scaling, JSON
///     /missingness        when values are measured, JSON; null where training had no gaps
///     /training_record    losses over training, JSON
///     /weights/NETWORK/…  one array per weight matrix, [inputs][outputs]
enum ModelFile {
  static let format = "vitalcohort-model"
  static let version = 3

  static func write(_ model: Model, to file: String) throws {
    try HDF5File.writeAtomically(to: file) { h5 in
      let root = try h5.root()
      try root.setAttribute("format", format)
      try root.setAttribute("format_version", version)
      try root.setAttribute("software", "vitalcohort \(softwareVersion)")
      try root.setAttribute("model_hash", model.fingerprint)
      let texts = [
        json(model.configuration), json(model.schema), json(model.sequence.embedding),
        json(model.missingness),
        json(model.record),
      ]
      try root.setAttribute("text_hash", hash(texts))
      for (name, text) in zip(textNames, texts) { try root.write(name, [text], shape: []) }
      try writeWeights(model.sequence.networks, to: root)
    }
  }

  static func read(_ file: String) throws -> Model {
    let h5 = try HDF5File.open(file)
    defer { try? h5.close() }
    try check(h5, format: format, version: version, file: file)
    // Before anything is built from them.
    try compare("text_hash", hash(textNames.map { try text($0, h5, file) }), h5, file)
    let schema = try decode(Schema.self, "schema", h5, file)
    let missingness = try decode(Missingness?.self, "missingness", h5, file)
    guard missingness?.fits(schema) ?? true else {
      throw ModelFileError.damaged(
        file: file, path: "missingness", expected: "of the channels and covariates in schema",
        found: "names others")
    }
    let model = Model(
      embedding: try decode(Model.Embedding.self, "embedding", h5, file),
      missingness: missingness, schema: schema,
      configuration: try decode(Configuration.self, "configuration", h5, file),
      kernels: try Kernels.chosen())
    model.record = try decode(TrainingRecord.self, "training_record", h5, file)
    try readWeights(model.sequence.networks, from: h5, file: file)
    try compare("model_hash", model.fingerprint, h5, file)
    return model
  }

  private static let textNames = ["configuration", "schema", "embedding", "missingness", "training_record"]

  private static func hash(_ texts: [String]) -> String {
    var hash = Fingerprint()
    for text in texts { hash.add(text) }
    return hash.hexadecimal
  }

  // MARK: Shared with checkpoints

  static func check(_ h5: HDF5File, format: String, version: Int, file: String) throws {
    let root = try h5.root()
    guard let found = try root.attribute("format")?.text else {
      throw ModelFileError.notOurs(
        file: file, expected: name(of: format), found: "has no attribute named format")
    }
    guard found == format else {
      throw ModelFileError.notOurs(
        file: file, expected: name(of: format), found: "its format is \(found)")
    }
    guard let number = try root.attribute("format_version")?.wholeNumber else {
      throw ModelFileError.damaged(
        file: file, path: "format_version", expected: "a number", found: "is not there")
    }
    guard number <= version else {
      throw ModelFileError.newer(file: file, version: number, known: version)
    }
    guard number == version else {
      throw ModelFileError.older(file: file, version: number, known: version)
    }
  }

  private static func name(of format: String) -> String {
    format == Self.format ? "a model" : "a checkpoint"
  }

  /// Compares a stored hash with that of what was read.
  static func compare(_ name: String, _ hash: String, _ h5: HDF5File, _ file: String) throws {
    let stored = try h5.root().attribute(name)?.text ?? "not there"
    guard stored == hash else {
      throw ModelFileError.damaged(file: file, path: name, expected: hash, found: "is \(stored)")
    }
  }

  static func text(_ path: String, _ h5: HDF5File, _ file: String) throws -> String {
    guard let text = try h5.dataset(path).readStrings().first else {
      throw ModelFileError.damaged(
        file: file, path: path, expected: "JSON text", found: "it is empty")
    }
    return text
  }

  static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      preconditionFailure("a model's parts can always be encoded: \(error)")
    }
  }

  static func decode<Value: Decodable>(
    _: Value.Type, _ path: String, _ h5: HDF5File, _ file: String
  ) throws -> Value {
    let text = try text(path, h5, file)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(Value.self, from: Data(text.utf8))
    } catch {
      throw ModelFileError.damaged(
        file: file, path: path, expected: "JSON of a \(Value.self)", found: "cannot be decoded")
    }
  }

  static func writeWeights(_ networks: [Parameters], to root: HDF5Group) throws {
    for network in networks {
      for entry in network.entries {
        try root.write(
          "weights/\(network.name)/\(entry.name)", network.values(of: entry), shape: entry.shape)
      }
    }
  }

  static func readWeights(_ networks: [Parameters], from h5: HDF5File, file: String) throws {
    for network in networks {
      var values = network.array
      for entry in network.entries {
        let path = "weights/\(network.name)/\(entry.name)"
        let dataset = try h5.dataset(path)
        guard dataset.shape == entry.shape else {
          throw ModelFileError.damaged(
            file: file, path: "/" + path, expected: "\(entry.shape)", found: "is \(dataset.shape)")
        }
        values.replaceSubrange(
          entry.offset..<entry.offset + entry.count, with: try dataset.read(Float.self))
      }
      network.array = values
    }
  }
}

extension Model {
  /// Reads a model that ``write(to:)`` has written.
  ///
  /// - Throws: ``ModelFileError`` or `HDF5Error` naming the file and what is wrong with it.
  public static func read(_ file: String) throws -> Model { try ModelFile.read(file) }

  /// Writes the model as one file, whole or not at all.
  public func write(to file: String) throws { try ModelFile.write(self, to: file) }
}
