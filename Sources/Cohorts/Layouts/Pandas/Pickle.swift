import Foundation

/// A Python value in pickle protocol 0, the text in which PyTables keeps lists of names.
///
/// Only plain values are understood: nothing in the text is ever run.
indirect enum Pickle: Equatable {
  case none
  case truth(Bool)
  case number(Double)
  case text(String)
  case list([Pickle])
  case dictionary([String: Pickle])

  /// All texts of a list; numbers become texts.
  var texts: [String]? {
    guard case .list(let items) = self else { return nil }
    let texts = items.compactMap(\.name)
    return texts.count == items.count ? texts : nil
  }

  var name: String? {
    switch self {
    case .text(let text): text
    case .number(let number): Numeral.short(number)
    case .list(let parts): parts.compactMap(\.name).joined(separator: " ")
    case .none, .truth, .dictionary: nil
    }
  }

  subscript(key: String) -> Pickle? {
    if case .dictionary(let items) = self { items[key] } else { nil }
  }

  /// `nil` where `text` is no pickle of plain values.
  init?(_ text: String) {
    var reader = PickleReader(text)
    guard let value = reader.value() else { return nil }
    self = value
  }
}

private struct PickleReader {
  private enum Slot {
    case mark
    case value(Pickle)
  }

  private let bytes: [UInt8]
  private var at = 0
  private var stack: [Slot] = []
  private var memory: [String: Pickle] = [:]

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func value() -> Pickle? {
    while at < bytes.count {
      let code = bytes[at]
      at += 1
      switch code {
      case UInt8(ascii: "."): return top
      case UInt8(ascii: "("): stack.append(.mark)
      case UInt8(ascii: "N"): push(.none)
      case UInt8(ascii: "V"): push(.text(Self.unescaped(line())))
      case UInt8(ascii: "S"): push(.text(String(line().dropFirst().dropLast())))
      case UInt8(ascii: "I"), UInt8(ascii: "L"), UInt8(ascii: "F"):
        guard let number = number(line()) else { return nil }
        push(number)
      case UInt8(ascii: "p"): if let top { memory[line()] = top } else { return nil }
      case UInt8(ascii: "g"):
        guard let known = memory[line()] else { return nil }
        push(known)
      case UInt8(ascii: "l"), UInt8(ascii: "t"):
        guard let items = sinceMark() else { return nil }
        push(.list(items))
      case UInt8(ascii: "d"):
        guard let items = sinceMark(), items.isEmpty else { return nil }
        push(.dictionary([:]))
      case UInt8(ascii: "a"):
        guard let item = pop(), case .list(let items)? = pop() else { return nil }
        push(.list(items + [item]))
      case UInt8(ascii: "s"):
        guard let item = pop(), let key = pop()?.name, case .dictionary(var items)? = pop() else {
          return nil
        }
        items[key] = item
        push(.dictionary(items))
      default: return nil
      }
    }
    return nil
  }

  private var top: Pickle? { if case .value(let value)? = stack.last { value } else { nil } }

  private mutating func push(_ value: Pickle) { stack.append(.value(value)) }

  private mutating func pop() -> Pickle? {
    if case .value(let value)? = stack.popLast() { value } else { nil }
  }

  private mutating func sinceMark() -> [Pickle]? {
    var items: [Pickle] = []
    while let slot = stack.popLast() {
      guard case .value(let value) = slot else { return items.reversed() }
      items.append(value)
    }
    return nil
  }

  private mutating func line() -> String {
    let end = bytes[at...].firstIndex(of: 10) ?? bytes.count
    defer { at = min(bytes.count, end + 1) }
    return String(decoding: bytes[at..<end], as: UTF8.self)
  }

  private func number(_ text: String) -> Pickle? {
    if text == "01" || text == "00" { return .truth(text == "01") }
    return Double(text.last == "L" ? String(text.dropLast()) : text).map(Pickle.number)
  }

  /// Python's raw-unicode-escape.
  private static func unescaped(_ text: String) -> String {
    guard text.contains("\\u") else { return text }
    let parts = text.components(separatedBy: "\\u")
    return parts.dropFirst().reduce(parts[0]) { result, part in
      guard let code = UInt32(part.prefix(4), radix: 16), let scalar = Unicode.Scalar(code) else {
        return result + "\\u" + part
      }
      return result + String(Character(scalar)) + part.dropFirst(4)
    }
  }
}
