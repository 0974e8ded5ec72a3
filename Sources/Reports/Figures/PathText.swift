/// The `d` of an SVG path of straight lines, to a tenth of a unit: `M12 3.4l1-.5 2 7`.
///
/// The page's script reads the values under the pointer from it, so it holds nothing but `M` and `l`.
struct PathText {
  private var bytes: [UInt8] = []
  private var last = (x: 0, y: 0)
  /// What follows is a move, not a line.
  private var isUp = true
  private var startsLine = true

  var text: String { String(decoding: bytes, as: UTF8.self) }
  var isEmpty: Bool { bytes.isEmpty }

  /// The next point begins a new line.
  mutating func lift() { isUp = true }

  mutating func add(_ x: Double, _ y: Double) {
    let next = (x: Self.tenths(x), y: Self.tenths(y))
    if isUp {
      bytes.append(UInt8(ascii: "M"))
      pair(next.x, next.y, isFirst: true)
      isUp = false
      startsLine = true
    } else {
      if startsLine { bytes.append(UInt8(ascii: "l")) }
      pair(next.x - last.x, next.y - last.y, isFirst: startsLine)
      startsLine = false
    }
    last = next
  }

  /// A closed line ends where it began.
  mutating func close() {
    bytes.append(UInt8(ascii: "z"))
    isUp = true
  }

  private static func tenths(_ x: Double) -> Int {
    // Far outside the drawing all is the same, and nothing overflows.
    x.isFinite ? Int((10 * min(max(x, -1e5), 1e5)).rounded()) : 0
  }

  private mutating func pair(_ x: Int, _ y: Int, isFirst: Bool) {
    if !isFirst && x >= 0 { bytes.append(UInt8(ascii: " ")) }
    number(x)
    if y >= 0 { bytes.append(UInt8(ascii: " ")) }
    number(y)
  }

  private mutating func number(_ tenths: Int) {
    if tenths < 0 { bytes.append(UInt8(ascii: "-")) }
    let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    if whole > 0 || rest == 0 { bytes += Array(String(whole).utf8) }
    if rest > 0 { bytes += [UInt8(ascii: "."), UInt8(ascii: "0") + UInt8(rest)] }
  }
}
