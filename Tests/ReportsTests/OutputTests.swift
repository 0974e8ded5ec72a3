import Evaluation
import Foundation
import HDF5
import Testing

@testable import Reports

@Suite("Findings as a table and as JSON, figures as HDF5")
struct OutputTests {
  @Test("the table has a row a finding in its part, is narrow, and says in words what is not good")
  func table() throws {
    let text = FindingsTable(Samples.full()).text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= 100 }, "\(text)")
    let row = try #require(lines.first { $0.hasPrefix("  Discriminative score") })
    for cell in ["0.0123", "[0.004, 0.021]", "0.0102", "[0.000, 0.026]", "good"] {
      #expect(row.contains(cell))
    }
    let privacy = try #require(lines.firstIndex(of: "Privacy"))
    #expect(lines[privacy + 1].hasPrefix("  Membership attack, AUC") && lines[privacy + 1].hasSuffix("bad"))
    #expect(text.contains("verdict: bad. 1 of 8 numbers"))
    #expect(text.contains("bad: Membership attack, AUC: Someone with"))
    #expect(text.contains("not measured: Heart rate from ECG: There is no ECG"))
    #expect(!text.contains("good: "))
    #expect(FindingsTable(Samples.nothing).text.hasPrefix("verdict: not measured. Nothing could be measured"))
  }

  @Test("no title can steer the terminal")
  func tableIsPlain() {
    var evaluation = Samples.single
    evaluation.findings[0].title = "\u{1B}[2Jred\n"
    #expect(!FindingsTable(evaluation).text.contains("\u{1B}"))
  }

  @Test("JSON begins with the verdict, ends with the exhibits, and holds only numbers that it can")
  func json() throws {
    let data = try Samples.awkward.json()
    let text = String(decoding: data, as: UTF8.self)
    let keys = ["verdict", "generator", "findings", "scores", "remarks", "facts", "exhibits"]
    let places = try keys.map { try #require(text.range(of: "\n  \"\($0)\": ")).lowerBound }
    #expect(places == places.sorted())
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object.count == keys.count)
    let exhibits = try #require(object["exhibits"] as? [[String: Any]])
    #expect(exhibits.count == Samples.awkward.exhibits.count)
    let odd = try #require(exhibits.first { $0["name"] as? String == "odd/lines" })
    let curve = try #require((odd["curves"] as? [[String: Any]])?[1])
    #expect(curve["x"] as? [Double] == [0, 2] && (curve["y"] as? [Any])?.allSatisfy { $0 is NSNull } == true)
  }

  @Test("a value that was not measured is null in JSON, not left out")
  func unmeasured() throws {
    var sample = Samples.single
    sample.findings[0] = .unmeasured("a", "A", part: .fidelity, "There was nothing to measure.")
    let object = try JSONSerialization.jsonObject(with: try sample.json()) as? [String: Any]
    let finding = try #require((object?["findings"] as? [[String: Any]])?.first)
    #expect(finding["value"] is NSNull && finding["sentence"] is String)
    #expect(finding["verdict"] as? String == "not measured")
    #expect(
      try JSONDecoder().decode(Finding.self, from: JSONEncoder().encode(sample.findings[0]))
        == sample.findings[0])
  }

  @Test("the series behind each figure come back from HDF5, with what they are called")
  func exhibitFile() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "exhibits-\(UUID().uuidString).h5").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let sample = Samples.full()
    try ExhibitFile.write(sample.exhibits, to: path)
    let file = try HDF5File.open(path)
    let fan = try #require(sample.exhibits.first { $0.name == "fan/HR" })
    let group = try file.group("fan/HR")
    #expect(try group.attribute("title")?.text == "HR" && group.attribute("x_label")?.text == "hours")
    #expect(try file.dataset("fan/HR/real/y").read(Double.self) == fan.curves[0].y.compactMap { $0 })
    #expect(
      try file.dataset("fan/HR/synthetic/high").read(Double.self) == fan.curves[2].high?.compactMap { $0 })
    #expect(try file.dataset("waves/ECG/real_2/x").shape == [1250])
    #expect(try file.group("waves/ECG/real_2").attribute("label")?.text == "real 2")
    #expect(try file.dataset("correlations/real/values").shape == [6, 6])
    #expect(try file.dataset("correlations/real/rows").readStrings() == Samples.vitals)
    #expect(try file.dataset("utility/auroc/labels").readStrings().first == "Mortality")
    let gaps = try file.dataset("trajectory/1/HR/real/y").read(Double.self)
    #expect(gaps.contains { $0.isNaN } && gaps.contains { !$0.isNaN })
  }

  @Test("names that HDF5 cannot hold, and names twice, are still written")
  func exhibitNames() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "exhibits-\(UUID().uuidString).h5").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let names = ["a/b", "a", "a/b", "", "x//y", "./..", "nul\0", "a/b/real", "é/<>&\""]
    let exhibits = names.map { name in
      Exhibit(
        name: name, part: .structure, title: "", caption: "", form: .lines,
        curves: [Exhibit.Curve(label: "", role: .real, x: [1], y: [nil])])
    }
    try ExhibitFile.write(exhibits, to: path)
    let file = try HDF5File.open(path)
    var found: [String] = []
    try file.visit { visited in
      if case .group(let group) = visited, let name = try group.attribute("name")?.text { found.append(name) }
    }
    #expect(found.sorted() == names.map { $0 == "nul\0" ? "nul" : $0 }.sorted())
    #expect(try file.contains("a/b_2/real/y") && file.contains("a_2/real/y"))
  }
}
