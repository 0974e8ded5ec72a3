/// What the distances of synthetic windows to the nearest real ones say of copying.
public struct CopyScores: Sendable {
  /// A share of synthetic windows, and the same share where chance alone decides.
  public struct Score: Sendable {
    public var value: Double
    /// Values of cohorts that copied nobody, from random divisions of real patients.
    public var null: [Double]

    /// How often a copied patient is dealt to the real side in the null, which then holds a part of the copies
    /// as well; 0 where the null has no synthetic window in it.
    public var contamination: Double

    public init(value: Double, null: [Double], contamination: Double = 0) {
      self.value = value
      self.null = null
      self.contamination = contamination
    }

    /// What the value has beyond chance: the null is chance and the dealt part of this.
    public var excess: Double {
      guard !null.isEmpty else { return value }
      return min(value, (value - null.reduce(0, +) / Double(null.count)) / (1 - contamination))
    }

    /// What the value would be if nobody had been copied.
    public var chance: Double { value - excess }
  }

  /// Of a window nearer than this to a real one, as a share of the distance it is compared with, it is said
  /// that it is a near copy.
  public static let nearRatio: Float = 0.5
  /// The same for parts of windows, which have fewer cells.
  public static let partRatio: Float = 0.25

  /// Ratios below 1.
  public var closer: Score
  /// Ratios below ``nearRatio``.
  public var near: Score
  /// The median of nearest over second nearest distance; its null has no synthetic window that could be a copy.
  public var neighbourRatio: Score
  /// Of each ``WindowPart``, ratios below ``partRatio``.
  public var parts: [(name: String, score: Score)]
  /// Distances to the nearest real window: of synthetic windows, and of the windows of the null.
  public var distances: [Float]
  public var nullDistances: [Float]
  /// Windows that could be compared.
  public var compared: Int

  /// One distance over another; two windows that are both at no distance say nothing.
  static func ratio(_ a: Float, _ b: Float) -> Float? {
    guard a.isFinite else { return nil }
    if a == 0 && b == 0 { return 1 }
    return b > 0 ? a / b : .infinity
  }

  static func share(_ ratios: [Float?], below limit: Float) -> Double {
    let known = ratios.compactMap { $0 }
    return known.isEmpty ? 0 : Double(known.count { $0 < limit }) / Double(known.count)
  }

  static func median(_ values: [Float?]) -> Double {
    let sorted = values.compactMap { $0 }.filter(\.isFinite).sorted()
    return sorted.isEmpty ? 1 : Double(sorted[sorted.count / 2])
  }
}
