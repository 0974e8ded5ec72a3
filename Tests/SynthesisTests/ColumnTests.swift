import Cohorts
import Foundation
import Tensors
import Testing

@testable import Synthesis

@Suite("One number as a coordinate")
struct ColumnTests {
  private static func draws(_ count: Int) -> [Float] {
    var rng = Philox(seed: 5)
    return (0..<count).map { _ in rng.normal() }
  }

  @Test("a cell gives back its exact value, from its middle and from both of its edges")
  func cells() throws {
    let data = Self.draws(2000).map { (80 + 8 * $0).rounded() / 2 }
    let column = Column(fitting: data)
    guard case .cells(let values, _) = column.kind else { throw Unfinished() }
    #expect(values == Set(data).sorted())
    for value in values {
      let (z, width) = column.encode(value)
      #expect(width > 0)
      for place in [-0.499, 0, 0.499] as [Float] {
        #expect(column.decode(z + place * width).value == value)
        #expect(column.decode(z + place * width).z == z)
      }
    }
    #expect(column.decode(-99).value == values.first && column.decode(99).value == values.last)
  }

  @Test("normal draws come out with the marginal of the data")
  func marginals() {
    let shares: [(value: Float, share: Float)] = [(1, 0.1), (2, 0.5), (4, 0.15), (7, 0.25)]
    let column = Column(fitting: shares.flatMap { Array(repeating: $0.value, count: Int(1000 * $0.share)) })
    let drawn = Self.draws(20_000).map { column.decode(($0 - column.mean) / column.deviation).value }
    for (value, share) in shares {
      #expect(abs(Float(drawn.count { $0 == value }) / 20_000 - share) < 0.012)
    }
  }

  @Test("a value seen once in very many still has a cell of its own")
  func rare() {
    let data = [30, 200] + (0..<250_000).map { Float(60 + $0 % 2) }
    let column = Column(fitting: data)
    for value in [30, 60, 61, 200] as [Float] {
      let (z, width) = column.encode(value)
      #expect(width > 0 && column.decode(z).value == value)
    }
  }

  @Test("the coordinate has mean 0 and deviation 1")
  func standardised() {
    let draws = Self.draws(3000)
    for data in [draws, draws.map { (3 * $0).rounded() }] {
      var moments = Moments()
      let column = Column(fitting: data)
      for value in data { moments.add(Double(column.encode(value).z)) }
      #expect(abs(moments.mean) < 1e-3 && abs(moments.deviation - 1) < 1e-3)
    }
  }

  @Test("what is not quantised comes back to rounding, held to the range that was seen")
  func continuous() {
    let data = Self.draws(300).map { 37 + $0 } + [.nan, .infinity]
    let column = Column(fitting: data)
    #expect(column.isActive && !column.hasCells)
    let observed = data.filter(\.isFinite)
    for value in observed {
      let (z, width) = column.encode(value)
      #expect(width == 0 && abs(column.decode(z).value - value) < 1e-5)
    }
    let highest = column.decode(50)
    #expect(highest.value == observed.max() && column.decode(-50).value == observed.min())
    #expect(column.encode(highest.value).z == highest.z)
  }

  @Test("labels have cells however few there are")
  func categorical() {
    #expect(Column(fitting: [0, 1, 1], isCategorical: true).hasCells)
    #expect(!Column(fitting: [0, 1, 1]).hasCells)
  }

  @Test("one value, no value and nothing finite are put back as they were")
  func inactive() {
    let constant = Column(fitting: [5, .nan, 5])
    #expect(constant.kind == .constant(value: 5) && !constant.isActive)
    #expect(constant.decode(3).value == 5 && constant.encode(9) == (0, 0))
    for data in [[], [.nan], [.infinity, -.infinity]] as [[Float]] {
      let missing = Column(fitting: data)
      #expect(missing.kind == .missing && !missing.isActive && missing.decode(0).value.isNaN)
    }
  }

  @Test("the nearest value within a range is one the column can take, or none")
  func nearest() {
    let cells = Column(fitting: (0..<100).map { [1, 2, 5, 9][$0 % 4] })
    #expect(cells.nearestValue(to: 8, in: 0...6) == 5)
    #expect(cells.nearestValue(to: 3.4, in: 0...9) == 2)
    #expect(cells.nearestValue(to: 3, in: 6...8) == nil)
    let continuous = Column(fitting: [1, 2.5, 4])
    #expect(continuous.nearestValue(to: 9, in: 0...3) == 3)
    #expect(continuous.nearestValue(to: 9, in: 0...30) == 4)
    #expect(continuous.nearestValue(to: 9, in: 5...30) == nil)
    #expect(cells.encode(1e9).z == cells.encode(9).z)
  }

  @Test("JSON keeps every bit")
  func codable() throws {
    let draws = Self.draws(400)
    for data in [draws, draws.map { $0.rounded() }, [1.1], []] as [[Float]] {
      let column = Column(fitting: data)
      let copy = try json(column)
      #expect(copy.value == column)
      #expect(copy.value.mean.bitPattern == column.mean.bitPattern)
      #expect(try json(copy.value).text == copy.text)
    }
  }

  @Test("normal quantiles are those of the tables")
  func quantiles() {
    for (p, z) in [(0.5, 0), (0.975, 1.959963984540054), (1e-5, -4.264890793922602)] as [(Double, Double)] {
      #expect(abs(normalQuantile(p) - z) < 1e-9)
    }
  }
}
