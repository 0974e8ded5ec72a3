/// What a file may make this process do. A sound file of the layouts that are read stays far below.
public enum HDF5Limits {
  /// The most bytes one read of values may take, unless told otherwise; 16 GiB at first.
  public static var readBytes: Int {
    get {
      Library.enter()
      defer { Library.leave() }
      return storedReadBytes
    }
    set {
      precondition(newValue > 0, "a read takes at least one byte")
      Library.enter()
      defer { Library.leave() }
      storedReadBytes = newValue
    }
  }
  /// Guarded by the library's lock.
  nonisolated(unsafe) private static var storedReadBytes = 16 << 30

  /// The most bytes one attribute may take: 64 MiB.
  static let attributeBytes = 64 << 20
  /// The most attributes of one object.
  static let attributes = 100_000
  /// The most bytes the target of one link may take: 64 KiB.
  static let linkBytes = 1 << 16
  /// The most virtual sources or raw files of one dataset.
  static let sources = 10_000
  /// The most filters that values may pass through.
  static let filters = 8
  /// The most objects a walk meets in one file, and the most links of one group.
  static let objects = 4_000_000
  /// The most groups inside each other.
  static let depth = 1000
}
