/// Stays cut into windows of at most T frames: fixed-size storage, true lengths inside.
public struct Windows: Sendable {
  /// T: frames in a window's storage.
  public let length: Int
  /// F: numbers in a frame.
  public private(set) var width: Int
  /// `[count, T, F]`; `NaN` where a value is missing or beyond the window's end.
  public private(set) var values: [Float] = []
  /// True frames in each window, in 1...T. `[count]`
  public private(set) var lengths: [Int] = []
  /// The patient each window was cut from. `[count]`
  public private(set) var patients: [Int] = []
  /// The first frame of each window within its stay. `[count]`
  public private(set) var starts: [Int] = []

  public var count: Int { lengths.count }

  /// Cuts every stay into windows of `length` frames, one every `stride` frames.
  ///
  /// The last window of a stay ends with the stay, so that no frame is lost when `stride <= length`. A stay
  /// shorter than `length` gives one short window, an empty stay none.
  public init(of cohort: Cohort, clock: FrameClock, length: Int, stride: Int) {
    precondition(length >= 1, "a window has at least one frame")
    precondition(stride >= 1, "windows advance by at least one frame")
    self.length = length
    width = clock.width
    for (index, patient) in cohort.patients.enumerated() {
      let frames: [Float] = clock.frames(of: patient, channels: cohort.channels)
      let total: Int = clock.frames(of: patient, channels: cohort.channels)
      guard total > 0 else { continue }
      let last = max(0, total - length)
      for start in Swift.stride(from: 0, to: last, by: stride) {
        append(frames, from: start, count: length, patient: index)
      }
      append(frames, from: last, count: min(length, total), patient: index)
    }
  }

  private init(length: Int, width: Int) {
    self.length = length
    self.width = width
  }

  private mutating func append(_ frames: [Float], from start: Int, count: Int, patient: Int) {
    values += frames[start * width..<(start + count) * width]
    values += repeatElement(.nan, count: (length - count) * width)
    lengths.append(count)
    patients.append(patient)
    starts.append(start)
  }

  /// The windows at `indices`, in that order; an index may occur more than once.
  public func subset(_ indices: [Int]) -> Windows {
    var result = Windows(length: length, width: width)
    let size = length * width
    result.values.reserveCapacity(indices.count * size)
    for i in indices {
      result.values += values[i * size..<(i + 1) * size]
      result.lengths.append(lengths[i])
      result.patients.append(patients[i])
      result.starts.append(starts[i])
    }
    return result
  }

  /// Windows without any in them yet, to be appended to.
  public static func none(length: Int, width: Int) -> Windows { Windows(length: length, width: width) }

  /// Makes room for `count` windows in all.
  public mutating func reserve(_ count: Int) {
    values.reserveCapacity(count * length * width)
    lengths.reserveCapacity(count)
    patients.reserveCapacity(count)
    starts.reserveCapacity(count)
  }

  /// Adds windows of the same length and width, whose patients are numbered from `first` here.
  public mutating func append(_ other: Windows, patientsFrom first: Int) {
    precondition(other.length == length && other.width == width, "windows of the same shape")
    values += other.values
    lengths += other.lengths
    patients += other.patients.map { $0 + first }
    starts += other.starts
  }

  /// Windows that a stay of `frames` frames is cut into.
  public static func count(frames: Int, length: Int, stride: Int) -> Int {
    frames == 0 ? 0 : (max(0, frames - length) + stride - 1) / stride + 1
  }

  /// The same windows with other numbers in their frames, `[count, T, width]`.
  public func replacing(values: [Float], width: Int) -> Windows {
    precondition(values.count == count * length * width, "one frame for each there is")
    var result = self
    result.values = values
    result.width = width
    return result
  }
}
