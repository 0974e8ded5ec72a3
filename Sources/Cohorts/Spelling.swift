/// What a misspelt name was meant to be.
public enum Spelling {
  /// The name with the least edit distance, upper and lower case counting as equal; the first of several.
  public static func nearest(to name: String, in known: [String]) -> String? {
    known.min {
      distance($0.lowercased(), name.lowercased()) < distance($1.lowercased(), name.lowercased())
    }
  }

  /// Letters to insert, delete or replace to turn `a` into `b` (Levenshtein, 1966).
  public static func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = i
      row[0] = i + 1
      for j in b.indices {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (letter == b[j] ? 0 : 1))
        diagonal = above
      }
    }
    return row[b.count]
  }
}
