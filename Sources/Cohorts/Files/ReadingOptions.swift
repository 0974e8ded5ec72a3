/// What a user can tell a reader where the file itself does not say.
public struct ReadingOptions: Sendable, Equatable {
  /// The dataset or group that holds the values.
  public var path: String?
  /// The letters N (patient), T (time) and C (channel) in file order, such as `NCT`.
  public var axes: String?
  /// Channels to read, in this order. Where the file has no names and the count fits, they become its names.
  public var channels: [String]?
  /// Samples a second, in place of what the file says.
  public var samplingRate: Double?
  /// A dataset shaped like the values that is 1 where a value was observed.
  public var mask: String?
  /// Whether links, virtual datasets and raw storage may lead to other files of the same folder.
  public var allowsExternal = false

  public init(
    path: String? = nil, axes: String? = nil, channels: [String]? = nil, samplingRate: Double? = nil,
    mask: String? = nil
  ) {
    self.path = path
    self.axes = axes
    self.channels = channels
    self.samplingRate = samplingRate
    self.mask = mask
  }
}
