import Evaluation
import Foundation

extension Evaluation {
  /// The findings as JSON: `verdict`, `generator`, `findings`, `scores`, then what was compared and how,
  /// and last `exhibits`, every number behind the figures.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .throw
    func part(_ name: String, _ data: Data) -> String {
      "  \"\(name)\": " + String(decoding: data, as: UTF8.self)
    }
    // Written by hand at the top, since the order is promised and JSONEncoder knows none.
    encoder.outputFormatting.insert(.sortedKeys)
    let figures = try exhibits.map {
      "\n    " + String(decoding: try encoder.encode($0.drawn), as: UTF8.self)
    }
    let parts = [
      part("verdict", try encoder.encode(verdict)), "  " + Authorship.resultEntry,
      part("findings", try encoder.encode(findings)),
      part("scores", try encoder.encode(scores)), part("remarks", try encoder.encode(remarks)),
      part("facts", try encoder.encode(facts)), "  \"exhibits\": [" + figures.joined(separator: ",") + "]",
    ]
    return Data(("{\n" + parts.joined(separator: ",\n") + "\n}\n").utf8)
  }
}
