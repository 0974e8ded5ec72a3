import Foundation
import HDF5

/// Reading values, beneath every layout.
extension CohortSource {
  /// The dataset at `path`, which must hold numbers.
  func numeric(_ path: String) throws -> DatasetInfo {
    guard let info = datasets[path] else {
      throw CohortFileError.missing(file: name, path: path, nearest: order)
    }
    guard info.isNumeric else {
      let found = if case .other(let words) = info.kind { words } else { "strings" }
      throw CohortFileError.wrongType(file: name, path: path, expected: "numbers", found: found)
    }
    try requireRoom(for: info.shape.reduce(4.0) { $0 * Double($1) }, path: "\(path) \(info.shape)")
    return info
  }

  /// The error for texts in the place of times that are neither dates, times of day nor numbers.
  func notTimes(path: String, _ texts: [String]) -> CohortFileError {
    let odd = texts.first { DateText.seconds($0, dayFirst: true) == nil && NumberText.value($0) == nil } ?? ""
    return .wrongType(
      file: name, path: path, expected: "times: dates, hours and minutes, or numbers", found: "\"\(odd)\"")
  }

  /// Checks that so many bytes fit into memory, before anything of that size is made.
  func requireRoom(for bytes: Double, path: String) throws {
    let memory = Double(ProcessInfo.processInfo.physicalMemory)
    guard bytes <= memory else {
      throw CohortFileError.unusable(
        file: name, path: path,
        problem:
          "would take \(Int(min(bytes / 1e9, 1e15).rounded())) GB of memory, of \(Int(memory / 1e9)) GB",
        remedy: "check whether the file is damaged, or cut it into parts")
    }
  }

  /// Checks that none of `counts` is 0.
  func requireSome(_ data: DatasetInfo, _ counts: [(Int, String)]) throws {
    for (count, what) in counts where count == 0 {
      throw CohortFileError.unusable(
        file: name, path: "\(data.path) \(data.shape)", problem: "has no \(what)",
        remedy: "there is nothing to read")
    }
    for (count, what) in counts where what == "patients" {
      try PatientMemory.check(count, channels: 1, covariates: 0, file: name, path: data.path)
    }
  }

  /// One text per entry of a dataset of rank 1; numbers become texts.
  func texts(_ info: DatasetInfo) throws -> [String] {
    use(info.path)
    if info.isSpelled { return try strings(info, 0..<info.shape[0]) }
    if info.kind == .text { return try file.root().dataset(info.path).readStrings() }
    guard info.kind == .float else { return try integers(info).map(String.init) }
    return try file.root().dataset(info.path).read(Double.self).map(Numeral.short)
  }

  /// The texts in `rows` of a dataset of rank 1, or of any rank with an extent of 1 along the other axes.
  func strings(_ info: DatasetInfo, _ rows: Range<Int>) throws -> [String] {
    let dataset = try file.root().dataset(info.path)
    guard info.isSpelled, let width = dataset.shape.last, info.shape.count == 1 else {
      return try dataset.readStrings(Self.slab(rows, rank: dataset.shape.count))
    }
    let letters = try dataset.readStrings(
      HDF5Slab(offset: [rows.lowerBound, 0], count: [rows.count, width]))
    return rows.indices.map { row in
      let first = (row - rows.lowerBound) * width
      return letters[first..<first + width].joined().trimmingCharacters(in: .whitespaces)
    }
  }

  /// The texts of a dataset of rank 1, or of a MATLAB cell of them; `nil` for anything else.
  func textList(_ info: DatasetInfo) throws -> [String]? {
    if info.kind == .text { return info.shape.count == 1 ? try texts(info) : nil }
    guard info.type == .reference, info.shape.count <= 2, info.shape.product <= 10_000 else {
      return nil
    }
    let texts = try file.dataset(info.path).readReferences().map { path -> String? in
      if case .text(let text) = try matlabValue(path) { text } else { nil }
    }
    return texts.contains(nil) ? nil : texts.compactMap { $0 }
  }

  func integers(_ info: DatasetInfo) throws -> [Int] {
    guard info.isNumeric else {
      throw CohortFileError.wrongType(
        file: name, path: info.path, expected: "whole numbers", found: "strings")
    }
    use(info.path)
    return try file.root().dataset(info.path).read(Int.self)
  }

  /// A dataset with one value per patient.
  func column(_ info: DatasetInfo) throws -> RawColumn {
    use(info.path)
    if info.kind == .text {
      return .text(try texts(info).map { RawColumn.text($0) })
    }
    let decoding = try decoding(of: info)
    let raw = try file.root().dataset(info.path).read(Double.self)
    let numbers = tally.counting(.header) { raw.map(decoding.apply) }
    if let labels = info.type.labels { return .labelled(numbers, labels) }
    return .numbers(numbers, isInteger: info.isIntegerOnly)
  }
}

extension RawColumn {
  /// `nil` for a text that means missing.
  static func text(_ text: String) -> String? {
    let plain = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return ["", "nan", "na", "n/a", "null", "none"].contains(plain.lowercased()) ? nil : plain
  }

  /// Codes as their labels, `nil` for those that have none; numbers where the labels say no more than true or false.
  static func labelled(_ numbers: [Double], _ labels: [Int: String]) -> RawColumn {
    .text(numbers.map { $0.isNaN ? nil : labels[Numeral.whole($0)].flatMap(text) })
  }
}
