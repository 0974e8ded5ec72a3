import Evaluation
import Testing

@testable import Reports

@Suite("Scales, ticks and paths of figures")
struct ScaleTests {
  @Test("ticks are round, within the range, and about as many as asked for")
  func linearTicks() {
    let cases: [(Double, Double, [Double])] = [
      (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (-3, 3, [-3, -2, -1, 0, 1, 2, 3]),
      (96.2, 104.1, [98, 100, 102, 104]),
    ]
    for (low, high, expected) in cases {
      let ticks = Ticks.linear(low, high, about: 5)
      #expect(
        ticks.count == expected.count && zip(ticks, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(ticks)")
    }
    for power in -12...12 {
      let high = 7.3 * (0..<abs(power)).reduce(1.0) { value, _ in power > 0 ? value * 10 : value / 10 }
      let ticks = Ticks.linear(0, high, about: 5)
      #expect((3...9).contains(ticks.count) && ticks.allSatisfy { $0 >= 0 && $0 <= high * (1 + 1e-9) })
    }
  }

  @Test("a range of no width, or of one value, still has a place for the value")
  func degenerate() {
    #expect(Scale.extent([Double]()) == (0, 1))
    #expect(Scale.extent([.nan, .infinity]) == (0, 1))
    let extent = Scale.extent([5.0, 5])
    #expect(extent.low < 5 && extent.high > 5)
    #expect(Scale(low: 2, high: 2, start: 0, end: 10).place(2) == 5)
    #expect(Ticks.linear(3, 3, about: 5) == [3])
  }

  @Test("a logarithmic axis has powers of ten, and values between them where there is less than two")
  func logarithmicTicks() {
    #expect(Ticks.logarithmic(0.001, 1000, about: 6).count == 7)
    #expect(Ticks.logarithmic(0.9, 110, about: 4) == [1, 10, 100])
    #expect(Ticks.logarithmic(0.6, 12, about: 4) == [1, 2, 5, 10])
    let scale = Scale(low: 1, high: 100, start: 0, end: 200, isLogarithmic: true)
    #expect(abs(scale.place(10) - 100) < 1e-9)
  }

  @Test(
    "times are shown in the unit that fits, whatever unit they came in",
    arguments: [
      ("time [s]", 10.0, "time [s]", ["0", "2", "4", "6", "8", "10"]),
      ("time [s]", 3600, "time [min]", ["0", "10", "20", "30", "40", "50", "60"]),
      ("time (h)", 48, "time [h]", ["0", "12", "24", "36", "48"]),
      ("time [min]", 2880, "time [h]", ["0", "12", "24", "36", "48"]),
      ("hours", 2, "time [min]", ["0", "30", "60", "90", "120"]),
      ("lag [h]", 720, "lag [d]", ["0", "7", "14", "21", "28"]),
      ("interval [s]", 1, "interval [s]", ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      ("frequency [1/h]", 1, "frequency [1/h]", ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ])
  func timeAxes(label: String, end: Double, title: String, texts: [String]) {
    let axis = Axis.horizontal(0, end, from: 0, to: 100, label: label, ticks: 6)
    #expect(axis.title == title)
    let shown = axis.ticks.map(\.text)
    // How many is free; which are possible is not.
    #expect(
      shown.allSatisfy { texts.contains($0) || Double($0) != nil } && shown.count >= 3 && shown.count <= 9)
    #expect(shown.first == "0")
    if label != "time [s]" || end != 3600 { #expect(shown == texts, "\(shown)") }
  }

  @Test("a path holds tenths, relative and short, and is lifted at gaps")
  func paths() {
    var path = PathText()
    path.add(1, 2.04)
    path.add(1.5, 1)
    path.add(3, 1)
    path.lift()
    path.add(-0.25, 1e9)
    path.add(.nan, 0)
    #expect(path.text == "M1 2l.5-1 1.5 0M-.3 100000l.3-100000")
  }

  @Test("a line thinned for the screen keeps both extremes of every column, its gaps and its ends")
  func decimation() {
    let count = 10_000
    let x = (0..<count).map(Double.init)
    var y: [Double?] = (0..<count).map { Double($0 % 7) }
    y[7777] = 99
    y[3333] = nil
    let kept = Decimation.extremes(x: x, y: y, columns: 50)
    #expect(kept.count <= 5 * 51)
    #expect(kept.first == 0 && kept.last == count - 1 && kept == kept.sorted())
    #expect(kept.contains(7777) && kept.contains(3333))
    #expect(Decimation.extremes(x: [2, 1], y: [1, 1], columns: 1) == [0, 1])
  }

  @Test("numbers keep three digits, and an interval as many as its width is worth")
  func numbers() {
    #expect(NumberText.short(0.012345) == "0.0123")
    #expect(NumberText.short(1234.5) == "1234")
    #expect(NumberText.short(1.2345e-7) == "1.2e-07")
    #expect(NumberText.short(-0.0) == "0")
    #expect(NumberText.short(.nan) == "–")
    #expect(NumberText.interval(0.0364, 0.0372) == "[0.0364, 0.0372]")
    #expect(NumberText.interval(-0.0001, 0.31) == "[0.00, 0.31]")
    #expect(NumberText.fixed(-0.004, decimals: 2) == "0.00")
  }

  @Test("a channel's strips show all values, but for outermost ones that would flatten the rest")
  func strips() throws {
    let range = { (outermost: Double) throws -> (low: Double, high: Double) in
      let values = (0..<400).map { Double($0 % 10) } + [outermost]
      let curve = Exhibit.Curve(label: "real", role: .real, x: values.indices.map(Double.init), y: values)
      let exhibit = Exhibit(
        name: "trajectory/1/HR", part: .structure, title: "HR", caption: "", form: .lines, curves: [curve])
      return try #require(Trajectories([exhibit]).charts.first?.chart.strips.first).range
    }
    #expect(try range(-5).low <= -5)
    #expect(try range(-5).high >= 9)
    #expect(try range(-500).low > -20)
  }
}
