import ArgumentParser

/// An amount of memory, such as `512M`, `4G` or `1.5GiB`; the units are powers of 1024, and a number alone is
/// bytes.
struct ByteCount: Equatable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  var bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let powers = ["": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40]
    var unit = argument.dropFirst(digits.count).trimmingPrefix(" ").lowercased()
    if unit.hasSuffix("ib") {
      unit.removeLast(2)
    } else if unit.count == 2, unit.hasSuffix("b") {
      unit.removeLast()
    }
    guard let number = Double(digits), let power = powers[unit] else { return nil }
    let bytes = number * Double(1 << power)
    guard bytes >= 1, bytes < Double(1 << 60) else { return nil }
    self.bytes = Int(bytes)
  }

  /// `1 GiB`, `1.5 GiB`, `300 MiB`, `12 bytes`.
  var description: String {
    for (unit, size) in [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    where bytes >= size {
      return "\(Numbers.short((Double(bytes) / Double(size) * 10).rounded() / 10)) \(unit)"
    }
    return "\(bytes) bytes"
  }
}
