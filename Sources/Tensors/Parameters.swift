/// The weights of one network, in one array, with names and shapes.
///
/// Layers register their weights when they are made and keep offsets. Whoever changes the numbers calls
/// ``changed()``, and the layers renew what they derive from them (packed copies for the kernels).
public final class Parameters {
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let shape: [Int]
    public let offset: Int
    public var count: Int { shape.reduce(1, *) }
  }

  public let name: String
  public private(set) var entries: [Entry] = []
  public private(set) var count = 0
  private var storage = Floats(0)
  private var followers: [() -> Void] = []

  public init(name: String) {
    self.name = name
  }

  public var values: UnsafeMutablePointer<Float> { storage.base }

  public var array: [Float] {
    get { storage.array }
    set {
      storage.array = newValue
      changed()
    }
  }

  /// Adds weights drawn by `initial` and returns their offset.
  public func add(_ name: String, shape: [Int], initial: () -> Float) -> Int {
    let entry = Entry(name: name, shape: shape, offset: count)
    precondition(!entries.contains { $0.name == name }, "\(name) is registered twice")
    let grown = Floats(count + entry.count)
    grown.base.update(from: storage.base, count: count)
    for i in 0..<entry.count { grown.base[count + i] = initial() }
    storage = grown
    entries.append(entry)
    count += entry.count
    return entry.offset
  }

  /// Calls `renew` after every change of the weights.
  public func onChange(_ renew: @escaping () -> Void) {
    followers.append(renew)
  }

  public func changed() {
    for renew in followers { renew() }
  }

  /// The values of one entry, row-major.
  public func values(of entry: Entry) -> [Float] {
    Array(UnsafeBufferPointer(start: values + entry.offset, count: entry.count))
  }
}
