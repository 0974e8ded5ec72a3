import HDF5

/// A stored number that stands for no value though the file does not say so.
struct UnstatedMissing: Equatable {
  var value: Float
  /// What it is, to follow "are": `netCDF's default fill (9.97e+36)`.
  var words: String
}

/// How many stored numbers were taken for missing without the file saying so, by what they are.
///
/// Counts what is decoded while a layout is made ready, where it reads values then, and what the pass through the
/// patients that was begun last decodes.
final class MissingTally {
  enum Scope { case off, header, pass }

  var scope = Scope.off
  private var header: [String: [String: Int]] = [:]
  private var pass: [String: [String: Int]] = [:]

  func add(_ count: Int, _ words: String, of name: String) {
    guard count > 0 else { return }
    switch scope {
    case .off: break
    case .header: header[words, default: [:]][name, default: 0] += count
    case .pass: pass[words, default: [:]][name, default: 0] += count
    }
  }

  func beginPass() { pass = [:] }

  /// Calls `body` with its decoding counted in `scope`.
  func counting<T>(_ scope: Scope, _ body: () throws -> T) rethrows -> T {
    let before = self.scope
    self.scope = scope
    defer { self.scope = before }
    return try body()
  }

  /// A sentence for each kind.
  var remarks: [String] {
    let all = header.merging(pass) { $0.merging($1, uniquingKeysWith: +) }
    return all.sorted { $0.key < $1.key }.map { words, counts in
      let total = counts.values.reduce(0, +)
      let names = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(6).map { "\($1) of \($0)" }
      let more = counts.count > 6 ? " and others" : ""
      return "\(total) values are \(words) and count as missing: \(names.joined(separator: ", "))\(more)"
    }
  }
}

extension CohortSource {
  /// What stands for no value in numbers of a type, whatever the file says: R's and numpy's missing integers, and
  /// netCDF's default fills.
  ///
  /// - netCDF fills what is never written with a value of each type (netcdf.h, `NC_FILL_*`). The floating-point one is
  ///   like no measurement, so that it counts in any file; the whole ones count where the file is netCDF's.
  /// - R's `NA` of a whole number is the smallest one of its type.
  /// - numpy's masked arrays are written with 999999 in whole numbers and 1e20 in others.
  /// - What a dataset was created to be filled with, where that is below 0 or 9999 and above.
  func unstatedMissing(in type: HDF5Type, named name: String, fill: Double? = nil) -> [UnstatedMissing] {
    var found: [UnstatedMissing] = []
    func add(_ value: Double, _ words: String) {
      if !found.contains(where: { $0.value == Float(value) }) {
        found.append(UnstatedMissing(value: Float(value), words: words))
      }
    }
    switch type {
    case .vlen(let base), .array(let base, _), .enumeration(let base, _):
      return unstatedMissing(in: base, named: name, fill: fill)
    case .float:
      add(9.969_209_968_386_869e36, "netCDF's default fill (9.97e+36)")
      add(1e20, "the fill of numpy's masked arrays (1e+20)")
    case .integer(let bits, let signed, _):
      if signed, bits >= 32 { add(bits == 32 ? -0x1p31 : -0x1p63, "R's missing whole number (NA)") }
      if bits >= 32, !TableRoles.isRole(name), !TableRoles.isTime(name) {
        add(999_999, "the fill of numpy's masked arrays (999999)")
      }
      guard isNetCDF else { break }
      switch (bits, signed) {
      case (16, true): add(-32_767, "netCDF's default fill (-32767)")
      case (16, false): add(65_535, "netCDF's default fill (65535)")
      case (32, true): add(-2_147_483_647, "netCDF's default fill (-2147483647)")
      case (32, false): add(4_294_967_295, "netCDF's default fill (4294967295)")
      case (64, false): add(0x1p64, "netCDF's default fill (1.8e+19)")
      default: break
      }
    default: return []
    }
    if let fill, fill.isFinite, fill < 0 || fill >= 9999 {
      add(fill, "what the dataset was created to be filled with (\(Numeral.short(fill)))")
    }
    return found
  }

  /// The decoding of a field or column whose dataset states nothing of its own.
  func unstatedDecoding(_ type: HDF5Type, named name: String) -> ValueDecoding {
    var decoding = ValueDecoding()
    decoding.name = name
    decoding.unstated = unstatedMissing(in: type, named: name)
    decoding.tally = tally
    return decoding
  }
}
