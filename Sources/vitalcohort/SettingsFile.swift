import Foundation
import Synthesis

/// A JSON file that replaces some settings of a preset, such as
/// `{"hidden": 32, "density": {"components": 6}}`.
enum SettingsFile {
  enum Failure: Error, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case unknown(file: String, setting: String, known: [String])
    case wrongType(file: String, reason: String)

    var description: String {
      switch self {
      case .unreadable(let file, let reason):
        "\(file): should be a JSON object of settings, but \(reason)"
      case .unknown(let file, let setting, let known):
        "\(file): there is no setting \(setting); there are \(known.joined(separator: ", "))"
      case .wrongType(let file, let reason):
        "\(file): \(reason)"
      }
    }
  }

  static func read(_ file: String, over base: Configuration) throws -> Configuration {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Failure.unreadable(file: file, reason: "it cannot be read")
    }
    guard let changes = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw Failure.unreadable(file: file, reason: "it is something else")
    }
    // Every setting must be there to compare names with, those that are nil by default included.
    var whole = base
    whole.window = base.window ?? 0
    whole.stride = base.stride ?? 0
    let known = try object(whole)
    var merged = try object(base)
    try merge(changes, into: &merged, known: known, file: file, prefix: "")
    do {
      return try JSONDecoder().decode(
        Configuration.self, from: JSONSerialization.data(withJSONObject: merged))
    } catch let DecodingError.typeMismatch(_, context) {
      throw Failure.wrongType(file: file, reason: describe(context))
    } catch let DecodingError.valueNotFound(_, context) {
      throw Failure.wrongType(file: file, reason: describe(context))
    } catch let DecodingError.dataCorrupted(context) {
      throw Failure.wrongType(file: file, reason: describe(context))
    }
  }

  private static func object(_ configuration: Configuration) throws -> [String: Any] {
    let data = try JSONEncoder().encode(configuration)
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  private static func merge(
    _ changes: [String: Any], into target: inout [String: Any], known: [String: Any], file: String,
    prefix: String
  ) throws {
    for (name, value) in changes {
      guard let present = known[name] else {
        throw Failure.unknown(file: file, setting: prefix + name, known: known.keys.sorted())
      }
      if let inner = present as? [String: Any], let part = value as? [String: Any] {
        var nested = target[name] as? [String: Any] ?? inner
        try merge(part, into: &nested, known: inner, file: file, prefix: prefix + name + ".")
        target[name] = nested
      } else {
        target[name] = value
      }
    }
  }

  private static func describe(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return "\(path.isEmpty ? "the settings" : path): \(context.debugDescription)"
  }
}
