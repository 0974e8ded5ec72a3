import Evaluation
import Foundation
import Reports
import Testing

/// Opens pages in headless Chromium, as `open_in_browser.py` describes.
@Suite("The report page in a browser")
struct BrowserTests {
  static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  @Test(
    "every figure is seen, the console stays silent, a phone need not scroll sideways, nothing is loaded",
    .enabled(if: Browser.path != nil, "no Chromium is installed; Scripts/install --browser gets it"),
    arguments: ["full", "awkward", "nothing", "single", "many"])
  func renders(sample: String) throws {
    let page =
      switch sample {
      case "full":
        ReportPage(
          evaluation: Samples.full(), subtitle: "A sample", date: "1 May", training: Samples.training)
      case "awkward": ReportPage(evaluation: Samples.awkward, title: "</title><script>alert(2)</script>")
      case "nothing": ReportPage(evaluation: Samples.nothing)
      case "single": ReportPage(evaluation: Samples.single)
      default: ReportPage(evaluation: Samples.manyChannels)
      }
    let folder = Self.sources.appending(path: "../../.build/report-pages").standardizedFileURL
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "\(sample).html")
    try Data(page.html.utf8).write(to: file)
    let outcome = try Browser.check(file)
    #expect(outcome.status == 0, "\(outcome.text)")
  }
}

enum Browser {
  static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let places = folders.flatMap { folder in
      ["chromium", "chromium-browser", "google-chrome"].map { "\(folder)/\($0)" }
    }
    return (places + ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]).first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }()

  static func check(_ page: URL) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let script = BrowserTests.sources.appending(path: "open_in_browser.py").path
    process.arguments = ["python3", script, path ?? "", page.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
