import Evaluation
import Foundation
import Testing

@testable import Reports

@Suite("The report page")
struct PageTests {
  @Test("the page opens with the verdict, why, and the finding that decides it, before any other")
  func opensWithVerdict() throws {
    let html = ReportPage(evaluation: Samples.full()).html
    let main = try #require(html.range(of: "<main>"))
    let body = html[main.upperBound...]
    let verdict = try #require(body.range(of: "<h2 id=\"verdict\">Bad</h2>"))
    let reason = try #require(body.range(of: "1 of 8 numbers is beyond what any use allows"))
    let decides = try #require(body.range(of: "#finding-membership_auc"))
    let contents = try #require(body.range(of: "<nav class=\"contents\""))
    let first = try #require(body.range(of: "class=\"part\""))
    #expect(verdict.lowerBound < reason.lowerBound && reason.lowerBound < decides.lowerBound)
    #expect(decides.lowerBound < contents.lowerBound && contents.lowerBound < first.lowerBound)
    #expect(body[..<contents.lowerBound].contains("The cohort may reveal real patients"))
  }

  @Test("every finding has a row, and every exhibit with numbers a figure", arguments: [false, true])
  func isComplete(isAwkward: Bool) {
    let evaluation = isAwkward ? Samples.awkward : Samples.full()
    let html = ReportPage(evaluation: evaluation, training: Samples.training).html
    for finding in evaluation.findings {
      #expect(html.components(separatedBy: "id=\"finding-\(finding.name)\"").count == 2)
      #expect(html.contains(Markup.escape(finding.sentence)))
    }
    for exhibit in evaluation.exhibits + Samples.training where !exhibit.drawn.isEmpty {
      let attribute = exhibit.stem == "trajectory" ? "data-strip" : "data-exhibit"
      #expect(html.contains("\(attribute)=\"\(Markup.escape(exhibit.name))\""), "\(exhibit.name)")
    }
    #expect(!html.contains("nan") && !html.contains("inf\"") && !html.contains("Optional("))
  }

  @Test("names from files are text, never markup")
  func escapes() {
    let html = ReportPage(evaluation: Samples.awkward, title: "</title><script>alert(2)</script>").html
    #expect(html.components(separatedBy: "<script").count == 2)
    #expect(!html.contains("alert(1)</script>") && html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(!html.contains("\u{202E}"))
    #expect(!html.contains("<i>lines</i>") && !html.contains("<b>one</b>"))
    #expect(Markup.escape("a\u{0}\n<&>\"'") == "a\u{FFFD} &lt;&amp;&gt;&quot;&#39;")
  }

  @Test("nothing is fetched: no address, and a policy that forbids it")
  func isSelfContained() {
    let html = ReportPage(evaluation: Samples.full()).html
    for mark in ["http://", "https://", "src=", "@import", "url("] {
      #expect(!html.contains(mark), "\(mark)")
    }
    #expect(html.contains("default-src 'none'"))
  }

  @Test("the same evaluation gives the same bytes")
  func repeats() {
    #expect(ReportPage(evaluation: Samples.full()).html == ReportPage(evaluation: Samples.full()).html)
  }

  @Test("the page of sixty channels and twelve long stays stays below five megabytes")
  func isBounded() {
    var evaluation = Samples.full(channels: (1...60).map { "Channel \($0)" }, patients: 1, steps: 20)
    // The same long curve many times over: it is the page that is to be tested.
    let long = Samples.trajectories(["HR"], patients: 1, steps: 4000)[0]
    for patient in 1...12 {
      for channel in 1...60 {
        var copy = long
        copy.name = "trajectory/\(patient)/Channel \(channel)"
        evaluation.exhibits.append(copy)
      }
    }
    #expect(ReportPage(evaluation: evaluation).html.utf8.count < 5_000_000)
  }

  @Test("the verdict's sentence counts what it judges by")
  func sentences() {
    func sentence(_ findings: [Finding]) -> String {
      Banner(evaluation: Evaluation(findings: findings, facts: Samples.facts(channels: []))).sentence
    }
    #expect(sentence([]) == "Nothing could be measured, so nothing can be said for this cohort.")
    #expect(sentence([Samples.findings[0]]) == "The one number measured is what real data would score.")
    #expect(sentence(Samples.findings.filter { $0.verdict == .good }).hasPrefix("All 5 numbers measured are"))
    #expect(sentence(Samples.findings.filter { $0.verdict < .bad }).hasPrefix("2 of 7 numbers are worse"))
  }

  @Test("verdicts differ by word and by shape, not by colour alone")
  func verdictsHaveShapes() {
    for verdict in Verdict.allCases {
      #expect(VerdictMark.symbols.contains("id=\"v-\(VerdictMark.style(verdict))\""))
      #expect(VerdictMark.shapeAndWord(verdict).contains(VerdictMark.word(verdict)))
    }
  }

  @Test("a value that stands alone between gaps is drawn, and large enough to be seen")
  func drawsLoneValues() {
    let curve = Exhibit.Curve(label: "a", role: .real, x: [0, 1, 2, 3, 4], y: [nil, 5, nil, 6, 7])
    let scale = Scale(low: 0, high: 10, start: 0, end: 100)
    let line = LinesFigure.line(curve, style: "real", x: scale, y: scale, columns: 100)
    #expect(line.contains("d=\"M10 50l0 0M30 60l10 10\""), "\(line)")
    #expect(line.contains("<path class=\"dot real\" d=\"M10 50l0 0\"/>"), "\(line)")
  }
}
