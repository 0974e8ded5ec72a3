import Cohorts
import Testing

@Suite("Windows cut from stays")
struct WindowsTests {
  func windows(_ stays: [Int], length: Int, stride: Int) throws -> Windows {
    let cohort = cohort(stays.map { [ramp($0), ramp($0, from: 100)] }, names: ["A", "B"])
    return Windows(
      of: cohort, clock: try FrameClock(channels: cohort.channels), length: length, stride: stride)
  }

  @Test("a stay shorter than a window gives one short window, an empty stay none")
  func short() throws {
    let windows = try windows([3, 0, 5], length: 5, stride: 1)
    #expect(windows.count == 2)
    #expect(windows.lengths == [3, 5])
    #expect(windows.patients == [0, 2])
    #expect(windows.values.count == 2 * 5 * 2)
    #expect(Array(windows.values[..<6]) == [0, 100, 1, 101, 2, 102])
    #expect(windows.values[6..<10].allSatisfy { $0.isNaN })
    #expect(Array(windows.values[10...].suffix(2)) == [4, 104])
  }

  @Test(
    "long stays are cut every stride frames, and the last window ends with the stay",
    arguments: [
      (10, 4, 3, [0, 3, 6]), (10, 4, 4, [0, 4, 6]), (8, 4, 4, [0, 4]), (7, 4, 1, [0, 1, 2, 3]),
      (4, 4, 9, [0]), (9, 2, 5, [0, 5, 7]),
    ])
  func starts(stay: Int, length: Int, stride: Int, starts: [Int]) throws {
    let windows = try windows([stay], length: length, stride: stride)
    #expect(windows.starts == starts)
    #expect(windows.lengths == starts.map { _ in length })
    for (w, start) in starts.enumerated() {
      #expect(windows.values[w * length * 2] == Float(start))
    }
  }

  @Test("a subset repeats windows as asked")
  func subset() throws {
    let windows = try windows([3, 6], length: 4, stride: 1)
    let subset = windows.subset([2, 0, 2])
    #expect(subset.count == 3)
    #expect(subset.patients == [1, 0, 1])
    #expect(subset.lengths == [4, 3, 4])
    #expect(subset.starts == [1, 0, 1])
    #expect(bits(Array(subset.values[8..<16])) == bits(Array(windows.values[..<8])))
    #expect(windows.subset([]).count == 0)
  }
}
