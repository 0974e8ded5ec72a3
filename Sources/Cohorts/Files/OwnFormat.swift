/// Names and rules that writer and reader of our own layout share; Datasets/FORMAT.md describes them.
enum OwnFormat {
  static let versionKey = "vitalcohort_format"
  static let version = 1
  static let patient = "patient"
  static let subject = "subject"
  static let missingCode = -1

  /// A name HDF5 and netCDF accept for a variable, different from those in `taken`, which it joins.
  static func variable(_ name: String, avoiding taken: inout Set<String>) -> String {
    var link = String(name.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
    while link.last == " " { link.removeLast() }
    if link.isEmpty || link.allSatisfy({ $0 == "." }) { link = "unnamed" }
    var unique = link
    var number = 2
    while !taken.insert(unique).inserted {
      unique = "\(link)_\(number)"
      number += 1
    }
    return unique
  }
}

/// Which variables hold which part of a cohort.
struct OwnPlan {
  /// Channels of one rate, which share a time axis.
  struct Clock {
    var time: String
    var samplingRate: Double?
    /// Samples of the longest stay, at least 1.
    var steps: Int
    /// The common start of all series, or `nil` where they differ.
    var start: Double?
    var length: Column?
    var starts: Column?
  }

  /// A variable over patients with the length or start of series.
  struct Column: Equatable {
    var name: String
    /// The channel whose series it describes.
    var channel: Int
  }

  var channels: [String] = []
  /// For each channel, the place of its clock.
  var clockOf: [Int] = []
  var clocks: [Clock] = []
  /// Variables of channels whose lengths or starts differ from those of their clock.
  var lengths: [Column?]
  var starts: [Column?]
  var covariates: [String] = []

  init(_ cohort: CohortStream) {
    var taken: Set<String> = [OwnFormat.patient, OwnFormat.subject, "time", "length", "start"]
    channels = cohort.channels.map { OwnFormat.variable($0.name, avoiding: &taken) }
    covariates = cohort.covariates.map { OwnFormat.variable($0.name, avoiding: &taken) }
    lengths = Array(repeating: nil, count: channels.count)
    starts = lengths
    let shapes = cohort.shapes.shapes
    var leaders: [Int] = []
    for (c, channel) in cohort.channels.enumerated() {
      if let clock = leaders.firstIndex(of: cohort.shapes.leaders[c]) {
        clockOf.append(clock)
        clocks[clock].steps = max(clocks[clock].steps, shapes[c].longest)
      } else {
        let isFirst = clocks.isEmpty
        let time = isFirst ? "time" : OwnFormat.variable("time_\(channels[c])", avoiding: &taken)
        clockOf.append(clocks.count)
        clocks.append(
          Clock(time: time, samplingRate: channel.samplingRate, steps: max(1, shapes[c].longest)))
        leaders.append(c)
      }
    }
    for (k, leader) in leaders.enumerated() {
      let members = channels.indices.filter { clockOf[$0] == k }
      let tail = k == 0 ? "" : "_\(channels[leader])"
      let first = shapes[leader].start
      let isCommon = first != nil && members.allSatisfy { shapes[$0].start == first }
      if isCommon { clocks[k].start = first }
      let isFull = members.allSatisfy {
        shapes[$0].longest == clocks[k].steps && shapes[$0].shortest == clocks[k].steps
      }
      if !isFull {
        let name = k == 0 ? "length" : OwnFormat.variable("length\(tail)", avoiding: &taken)
        clocks[k].length = Column(name: name, channel: leader)
      }
      if !isCommon {
        let name = k == 0 ? "start" : OwnFormat.variable("start\(tail)", avoiding: &taken)
        clocks[k].starts = Column(name: name, channel: leader)
      }
      for c in members where c != leader {
        if !shapes[c].hasLeadersLengths {
          let name = OwnFormat.variable("length_\(channels[c])", avoiding: &taken)
          lengths[c] = Column(name: name, channel: c)
        }
        if !isCommon, !shapes[c].hasLeadersStarts {
          starts[c] = Column(name: OwnFormat.variable("start_\(channels[c])", avoiding: &taken), channel: c)
        }
      }
    }
  }
}
