/// The numbers behind one figure of a report. Reports draws it; an export writes it as it is.
public struct Exhibit: Sendable, Codable, Equatable {
  /// How the numbers want to be drawn.
  public enum Form: String, Sendable, Codable {
    /// Curves over x, with bands where they have them: trajectories, spectra, percentile fans.
    case lines
    /// Shares in bins; `x` holds one more edge than there are shares.
    case histogram
    /// Loose points: a map, a scatter plot.
    case points
    /// One bar for each label.
    case bars
    /// Matrices side by side, coloured from −1 to 1 or from 0 to the greatest.
    case matrices
  }

  public enum Role: String, Sendable, Codable {
    case real, synthetic, holdout, floor, other
  }

  public struct Curve: Sendable, Codable, Equatable {
    public var label: String
    public var role: Role
    public var x: [Double]
    /// `nil` where there is no value: the line is broken.
    public var y: [Double?]
    /// A band around y, where there is one.
    public var low: [Double?]?
    public var high: [Double?]?

    public init(
      label: String, role: Role, x: [Double], y: [Double?], low: [Double?]? = nil, high: [Double?]? = nil
    ) {
      self.label = label
      self.role = role
      self.x = x
      self.y = y
      self.low = low
      self.high = high
    }
  }

  public struct Matrix: Sendable, Codable, Equatable {
    public var label: String
    public var role: Role
    public var rows: [String]
    public var columns: [String]
    /// `[rows][columns]`
    public var values: [[Double?]]

    public init(label: String, role: Role, rows: [String], columns: [String], values: [[Double?]]) {
      self.label = label
      self.role = role
      self.rows = rows
      self.columns = columns
      self.values = values
    }
  }

  /// A key, the same in every run, such as `marginal/HR`; figures of one stem belong together.
  public var name: String
  public var part: Finding.Part
  public var title: String
  /// What is to be seen, and what would be a bad sign.
  public var caption: String
  public var form: Form
  public var xLabel: String
  public var yLabel: String
  public var curves: [Curve]
  public var matrices: [Matrix]
  /// Names of the bars, in the order of x = 0, 1, …
  public var labels: [String]

  public init(
    name: String, part: Finding.Part, title: String, caption: String, form: Form, xLabel: String = "",
    yLabel: String = "", curves: [Curve] = [], matrices: [Matrix] = [], labels: [String] = []
  ) {
    self.name = name
    self.part = part
    self.title = title
    self.caption = caption
    self.form = form
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.curves = curves
    self.matrices = matrices
    self.labels = labels
  }
}
