/// What a user can tell a reader where the file itself does not say.
public struct ReadingOptions: Sendable, Equatable {
  /// The dataset or group that holds the values.
  public var path: String?
  /// The letters N (patient), T (time) and C (channel) in file order, such as `NCT`.
  public var axes: String?
  /// Channels to read, in this order. Where the file has no names and the count fits, they become its names.
  public var channels: [String]?
  /// Samples a second of every channel, in place of what the file says.
  public var samplingRate: Double?
  /// The same for single channels, by name.
  public var samplingRates: [String: Double] = [:]
  /// Samples a second that channels are resampled to; see ``Resampling``.
  public var resampling: Resampling?
  /// A dataset shaped like the values that is 1 where a value was observed.
  public var mask: String?
  /// Whether links, virtual datasets and raw storage may lead to other files of the same folder.
  public var allowsExternal = false
  /// A reader's name, in place of the one the structure of the file suggests.
  public var layout: String?
  /// Seconds that a stay lasts at most: readings later than that after a stay's first are left out. `nil` where the
  /// other stays decide.
  public var longestStay: Double?
  /// Values that mean missing in every channel, beside those the file states.
  public var sentinels: [Float] = []
  /// The columns of a table: names of columns or members, or paths of datasets.
  public var columns = Columns()

  /// Which column of a table says what; `nil` where the reader finds it by its name.
  public struct Columns: Sendable, Equatable {
    /// Whose row it is.
    public var patient: String?
    /// The person whose stay ``patient`` is.
    public var subject: String?
    /// When it was measured.
    public var time: String?
    /// What was measured, in a long table.
    public var item: String?
    /// The measured value, in a long table.
    public var value: String?

    public init(
      patient: String? = nil, time: String? = nil, item: String? = nil, value: String? = nil,
      subject: String? = nil
    ) {
      self.patient = patient
      self.subject = subject
      self.time = time
      self.item = item
      self.value = value
    }
  }

  public init(
    path: String? = nil, axes: String? = nil, channels: [String]? = nil, samplingRate: Double? = nil,
    samplingRates: [String: Double] = [:], resampling: Resampling? = nil, mask: String? = nil,
    layout: String? = nil, columns: Columns = Columns()
  ) {
    self.path = path
    self.axes = axes
    self.channels = channels
    self.samplingRate = samplingRate
    self.samplingRates = samplingRates
    self.resampling = resampling
    self.mask = mask
    self.layout = layout
    self.columns = columns
  }

  /// The names of all layouts that are read.
  public static var layouts: [String] { CohortLayouts.all.map { $0.name } }

  /// The rate the user states for a channel; `nil` where the file decides.
  func rate(of channel: String) -> Double? { samplingRates[channel] ?? samplingRate }
}
