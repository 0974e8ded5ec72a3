import Foundation

/// cos 2πx
func cosine(_ x: Double) -> Double { cos(2 * .pi * x) }
func sine(_ x: Double) -> Double { sin(2 * .pi * x) }

/// The power spectrum of stretches of a fixed length, by the discrete Fourier transform: mean taken off, Hann
/// taper.
struct Periodogram: Sendable {
  /// Samples in a stretch.
  let length: Int
  /// Frequencies j / length of a cycle a sample, j = 1 … length / 2.
  var frequencies: Int { length / 2 }
  private let taper: [Double]
  private let taperPower: Double
  /// cos and −sin of 2πi / length. `[length]`
  private let turns: [(cosine: Double, sine: Double)]
  private var isPowerOfTwo: Bool { length & (length - 1) == 0 }

  init(length: Int) {
    precondition(length >= 2, "a stretch of at least two samples")
    self.length = length
    taper = (0..<length).map { 0.5 - 0.5 * cosine((Double($0) + 0.5) / Double(length)) }
    taperPower = taper.reduce(0) { $0 + $1 * $1 }
    turns = (0..<length).map { (cosine(Double($0) / Double(length)), -sine(Double($0) / Double(length))) }
  }

  /// The power at every frequency; its mean over frequencies is about the variance for white noise.
  func power(_ stretch: ArraySlice<Double>) -> [Double] {
    precondition(stretch.count == length, "a stretch of the length that was prepared for")
    let mean = stretch.reduce(0, +) / Double(length)
    let x = zip(stretch, taper).map { ($0 - mean) * $1 }
    let parts = isPowerOfTwo && length > 16 ? fast(x) : direct(x)
    return parts.map { ($0.real * $0.real + $0.imaginary * $0.imaginary) / taperPower }
  }

  private func direct(_ x: [Double]) -> [(real: Double, imaginary: Double)] {
    (0..<frequencies).map { j in
      var (real, imaginary, place) = (0.0, 0.0, 0)
      for value in x {
        real += value * turns[place].cosine
        imaginary += value * turns[place].sine
        place += j + 1
        if place >= length { place -= length }
      }
      return (real, imaginary)
    }
  }

  /// The transform of Cooley and Tukey (1965, Math Comput 19:297), decimated in time.
  private func fast(_ x: [Double]) -> [(real: Double, imaginary: Double)] {
    var (real, imaginary) = (x, [Double](repeating: 0, count: length))
    var reversed = 0
    for i in 1..<length {
      var bit = length >> 1
      while reversed & bit != 0 {
        reversed ^= bit
        bit >>= 1
      }
      reversed |= bit
      if i < reversed { real.swapAt(i, reversed) }
    }
    var half = 1
    while half < length {
      let step = length / (2 * half)
      for start in stride(from: 0, to: length, by: 2 * half) {
        for k in 0..<half {
          let (a, b) = (start + k, start + k + half)
          let turn = turns[k * step]
          let (re, im) = (
            real[b] * turn.cosine - imaginary[b] * turn.sine, real[b] * turn.sine + imaginary[b] * turn.cosine
          )
          (real[b], imaginary[b]) = (real[a] - re, imaginary[a] - im)
          real[a] += re
          imaginary[a] += im
        }
      }
      half *= 2
    }
    return (1...frequencies).map { (real[$0], imaginary[$0]) }
  }
}
