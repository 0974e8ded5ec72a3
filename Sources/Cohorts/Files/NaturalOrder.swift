import Foundation

/// Names in the order people count: `p2` before `p10`.
enum NaturalOrder {
  static func isBefore(_ a: String, _ b: String) -> Bool {
    var (i, j) = (Array(a.utf8)[...], Array(b.utf8)[...])
    while let x = i.first, let y = j.first {
      if isDigit(x), isDigit(y) {
        let (m, n) = (i.prefix(while: isDigit), j.prefix(while: isDigit))
        let (p, q) = (m.drop { $0 == 48 }, n.drop { $0 == 48 })
        if p.count != q.count { return p.count < q.count }
        if !p.elementsEqual(q) { return p.lexicographicallyPrecedes(q) }
        if m.count != n.count { return m.count < n.count }
        i = i.dropFirst(m.count)
        j = j.dropFirst(n.count)
      } else {
        if x != y { return x < y }
        i = i.dropFirst()
        j = j.dropFirst()
      }
    }
    return i.count < j.count
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
}
