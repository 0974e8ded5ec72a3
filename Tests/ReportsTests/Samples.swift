import Foundation

@testable import Evaluation

/// Evaluations made up for the tests: one as a run gives it, and awkward ones.
enum Samples {
  static func facts(channels: [String]) -> Evaluation.Facts {
    Evaluation.Facts(
      realPatients: 1554, syntheticPatients: 1500, holdoutPatients: 400, realWindows: 1554,
      syntheticWindows: 1500,
      window: 48, channels: channels, unmatched: ["Glucose", "row"], onlyInReal: ["Glucose"],
      onlyInSynthetic: ["row"],
      settings: EvaluationSettings())
  }

  /// Between 0 and 1, the same every time.
  struct Chance {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> Double {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state >> 11) / Double(1 << 53)
    }
    mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + next() } }
  }

  /// Every form and every part, with channels called `channels`.
  static func full(channels: [String] = vitals, patients: Int = 4, steps: Int = 48) -> Evaluation {
    Evaluation(
      findings: findings,
      exhibits: trajectories(channels, patients: patients, steps: steps) + figures(channels),
      remarks: [
        "The synthetic cohort has hardly any gaps where the real one has: learners see gaps of real ones."
      ],
      facts: facts(channels: channels))
  }

  static let vitals = ["HR", "SBP", "MAP", "DBP", "SpO2", "Resp"]

  static let findings: [Finding] = [
    finding(
      "discriminative", "Discriminative score", .fidelity, .good, 0.0123, (0.004, 0.021), (0.0102, 0, 0.026),
      0.25,
      "A small network told real from synthetic windows in 51.2 % of cases; between real patients it does so in 51.0 %."
    ),
    finding(
      "predictive", "Predictive score", .fidelity, .good, 0.0368, (0.0364, 0.0372), (0.0365, 0.0361, 0.0371),
      nil,
      "Forecasts learned from synthetic patients err by 0.0368 on real ones, as those learned from real patients do."
    ),
    finding(
      "context_fid", "Context-FID", .fidelity, .doubtful, 0.184, (0.16, 0.21), (0.041, 0.019, 0.087), 2,
      "Learned summaries of the windows lie 0.184 apart; two halves of the real patients lie 0.041 apart."),
    finding(
      "strong_auc", "Strong discriminator, AUC", .structure, .doubtful, 0.641, (0.62, 0.66),
      (0.5, 0.46, 0.54), 0.9,
      "A wide network that sees whole windows ranks a real above a synthetic one in 64 % of pairs."),
    finding(
      "coverage", "Coverage", .structure, .good, 0.941, (0.93, 0.95), (0.953, 0.936, 0.969), 0.5,
      "94 % of real patients have a synthetic one near them."),
    finding(
      "pressure_order", "SBP ≥ MAP ≥ DBP", .physiology, .good, 0.9994, nil, (0.9991, 0.9984, 0.9999), nil,
      "Pressures are in order in 99.94 % of frames."),
    finding(
      "hr_from_ecg", "Heart rate from ECG", .physiology, .good, nil, nil, nil, nil,
      "There is no ECG, so heart rates could not be compared with it."),
    finding(
      "tstr_auroc_mortality", "Mortality, trained on synthetic", .usefulness, .good, 0.812, (0.77, 0.85),
      (0.824, 0.76, 0.88), nil,
      "A classifier trained on synthetic patients reaches an AUROC of 0.812 on real ones."),
    finding(
      "membership_auc", "Membership attack, AUC", .privacy, .bad, 0.93, (0.91, 0.95), (0.5, 0.45, 0.55), 0.6,
      "Someone with a patient's record can tell in 93 % of cases that it was used in training."),
  ]

  private static func finding(
    _ name: String, _ title: String, _ part: Finding.Part, _ verdict: Verdict, _ value: Double?,
    _ interval: (Double, Double)?, _ floor: (Double, Double, Double)?, _ limit: Double?, _ sentence: String
  ) -> Finding {
    Finding(
      name: name, title: title, part: part, verdict: verdict, value: value,
      interval: interval.map { Interval($0.0, $0.1) },
      floor: floor.map {
        Floor(mean: $0.0, interval: Interval($0.1, $0.2), source: "20 random halves of the real patients")
      },
      limit: limit, sentence: sentence)
  }

  static func trajectories(_ channels: [String], patients: Int, steps: Int) -> [Exhibit] {
    var chance = Chance(7)
    return (1...max(1, patients)).flatMap { patient in
      channels.enumerated().map { c, channel in
        let curves = [Exhibit.Role.real, .synthetic].map { role in
          var level = 80.0 + Double(c % 6) * 12 + 6 * chance.normal()
          let length = role == .real ? steps : steps - steps / 5
          let values = (0..<length).map { _ -> Double? in
            level += 0.15 * (90 + Double(c % 6) * 10 - level) + 3 * chance.normal()
            return chance.next() < 0.08 ? nil : level
          }
          return Exhibit.Curve(
            label: "\(role.rawValue) \(role == .real ? 100 + 7 * patient : patient)", role: role,
            x: (0..<length).map(Double.init), y: values)
        }
        return Exhibit(
          name: "trajectory/\(patient)/\(channel)", part: .structure,
          title: "\(channel) of patient \(patient)",
          caption: "", form: .lines, xLabel: "time [h]", yLabel: "\(channel) (bpm)", curves: curves)
      }
    }
  }

  static func figures(_ channels: [String]) -> [Exhibit] {
    var chance = Chance(11)
    let pair = [Exhibit.Role.real, .synthetic]
    func curve(_ role: Exhibit.Role, _ x: [Double], _ y: (Double) -> Double?, band: Double? = nil)
      -> Exhibit.Curve
    {
      let values = x.map(y)
      return Exhibit.Curve(
        label: role.rawValue, role: role, x: x, y: values,
        low: band.map { b in values.map { $0.map { $0 - b } } },
        high: band.map { b in values.map { $0.map { $0 + b } } })
    }
    var result: [Exhibit] = []
    for (c, channel) in channels.enumerated() {
      let edges = (0...30).map { 40 + Double($0) * 4 }
      result.append(
        Exhibit(
          name: "marginal/\(channel)", part: .fidelity, title: channel,
          caption: "How often each value occurs. Peaks that only one cohort has are a bad sign.",
          form: .histogram,
          xLabel: "bpm", yLabel: "share",
          curves: pair.map { role in
            let middle = role == .real ? 95.0 : 99
            return Exhibit.Curve(
              label: role.rawValue, role: role, x: edges,
              y: edges.dropLast().map {
                exp(-0.5 * pow(($0 - middle) / 17, 2)) * (0.9 + 0.2 * chance.next()) / 10.6
              })
          }))
      result.append(
        Exhibit(
          name: "fan/\(channel)", part: .fidelity, title: channel,
          caption: "Median and the middle 50 and 90 % of patients at each time.", form: .lines,
          xLabel: "hours", yLabel: "bpm",
          curves: pair.flatMap { role in
            [("5 to 95 %", 14.0), ("25 to 75 %", 6)].map { label, band in
              let middle: (Double) -> Double? = { 90 + 5 * sin($0 / 8 + Double(c)) + (role == .real ? 0 : 2) }
              var fan = curve(role, (0..<48).map(Double.init), middle, band: band)
              fan.label = "\(role.rawValue), \(label)"
              return fan
            }
          }))
      result.append(
        Exhibit(
          name: "autocorrelation/\(channel)", part: .structure, title: channel,
          caption: "How much a value tells of later ones.", form: .lines, xLabel: "lag [h]",
          yLabel: "autocorrelation",
          curves: pair.map { role in
            curve(role, (0..<24).map(Double.init), { exp(-$0 / (role == .real ? 8 : 5)) })
          }))
      result.append(
        Exhibit(
          name: "spectrum/\(channel)", part: .structure, title: channel, caption: "Power by frequency.",
          form: .lines,
          xLabel: "frequency [1/h]", yLabel: "power",
          curves: pair.map { role in
            curve(
              role, (1..<25).map { Double($0) / 48 }, { 0.02 / ($0 * $0 + (role == .real ? 0.002 : 0.004)) })
          }))
    }
    result.append(
      Exhibit(
        name: "correlations", part: .fidelity, title: "Correlations between channels",
        caption: "Blue: one falls when the other rises. The third shows the difference.", form: .matrices,
        matrices: [("real", Exhibit.Role.real), ("synthetic", .synthetic), ("difference", .other)].map {
          label, role in
          Exhibit.Matrix(
            label: label, role: role, rows: channels, columns: channels,
            values: channels.indices.map { r in
              channels.indices.map { c in
                r == c
                  ? (role == .other ? 0 : 1)
                  : (r + c) % 11 == 10 ? nil : (role == .other ? 0.2 : 1) * sin(Double(r * 3 + c * 3))
              }
            })
        }))
    result.append(
      Exhibit(
        name: "map", part: .structure, title: "Map of patients",
        caption:
          "Each mark a window, near to those like it. Fields with marks of one kind alone are a bad sign.",
        form: .points, xLabel: "first component", yLabel: "second component",
        curves: pair.map { role in
          let shift = role == .real ? 0 : 0.4
          return Exhibit.Curve(
            label: role.rawValue, role: role, x: (0..<700).map { _ in chance.normal() + shift },
            y: (0..<700).map { _ in chance.normal() * 0.7 })
        }))
    result.append(
      Exhibit(
        name: "waves/ECG", part: .physiology, title: "ECG",
        caption: "Ten seconds of two real and two synthetic patients.",
        form: .lines, xLabel: "time [s]", yLabel: "mV",
        curves: [Exhibit.Role.real, .real, .synthetic, .synthetic].enumerated().map { i, role in
          Exhibit.Curve(
            label: "\(role.rawValue) \(i % 2 + 1)", role: role, x: (0..<1250).map { Double($0) / 125 },
            y: (0..<1250).map { t in
              let phase = (Double(t) / 125 * (1.1 + 0.1 * Double(i))).truncatingRemainder(dividingBy: 1)
              return exp(-pow((phase - 0.3) / 0.015, 2)) + 0.2 * exp(-pow((phase - 0.55) / 0.05, 2)) + 0.01
                * chance.normal()
            })
        }))
    result.append(
      Exhibit(
        name: "missing/share", part: .structure, title: "Share missing", caption: "", form: .bars,
        yLabel: "share missing",
        curves: pair.map { role in
          Exhibit.Curve(
            label: role.rawValue, role: role, x: channels.indices.map(Double.init),
            y: channels.indices.map { 0.05 + 0.03 * Double($0 % 7) + (role == .real ? 0 : 0.01) })
        }, labels: channels))
    result.append(
      Exhibit(
        name: "utility/auroc", part: .usefulness, title: "AUROC of classifiers, tested on real patients",
        caption: "Trained on synthetic, on real, and on both.", form: .bars, yLabel: "AUROC",
        curves: [Exhibit.Role.synthetic, .real, .other].enumerated().map { i, role in
          Exhibit.Curve(
            label: ["trained on synthetic", "trained on real", "trained on both"][i], role: role,
            x: [0, 1, 2],
            y: [0.81 + 0.01 * Double(i), 0.74, i == 2 ? nil : 0.69], low: [0.77, 0.7, 0.62],
            high: [0.85, 0.79, 0.75])
        }, labels: ["Mortality", "Tachycardia within 4 h", "Low blood pressure within 4 h"]))
    result.append(
      Exhibit(
        name: "beats/interval", part: .physiology, title: "Beat intervals", caption: "From the ECG.",
        form: .histogram,
        xLabel: "interval [s]", yLabel: "share",
        curves: pair.map { role in
          Exhibit.Curve(
            label: role.rawValue, role: role, x: (0...20).map { 0.4 + Double($0) / 20 },
            y: (0..<20).map { exp(-pow((Double($0) - (role == .real ? 8 : 9)) / 4, 2)) / 7 })
        }))
    result.append(
      Exhibit(
        name: "distances", part: .privacy, title: "Distance to the closest real patient",
        caption: "Synthetic patients nearer than hold-out patients are copies.", form: .histogram,
        xLabel: "distance",
        yLabel: "share",
        curves: [Exhibit.Role.synthetic, .holdout].map { role in
          Exhibit.Curve(
            label: role == .holdout ? "hold-out" : "synthetic", role: role,
            x: (0...25).map { Double($0) / 10 },
            y: (0..<25).map { exp(-pow((Double($0) - (role == .holdout ? 12 : 8)) / 5, 2)) / 9 })
        }))
    result.append(
      Exhibit(
        name: "membership", part: .privacy, title: "Membership attacks",
        caption: "On the diagonal an attacker does no better than chance.", form: .lines,
        xLabel: "false positive rate", yLabel: "true positive rate",
        curves: [
          curve(.synthetic, (0...40).map { Double($0) / 40 }, { pow($0, 0.3) }),
          curve(.floor, [0, 1], { $0 }),
        ]))
    result.append(
      Exhibit(
        name: "drift_within/stay", part: .structure, title: "Drift within a stay",
        caption: "Unknown to the page.",
        form: .lines, xLabel: "share of the stay", yLabel: "mean of scaled values",
        curves: [
          curve(.real, (0...10).map { Double($0) / 10 }, { $0 == 0.5 ? nil : 0.4 + 0.1 * $0 }),
          curve(.synthetic, (0...10).map { Double($0) / 10 }, { 0.4 + 0.05 * $0 }),
        ]))
    return result
  }

  static let training: [Exhibit] = ["joint", "supervised"].map { loss in
    Exhibit(
      name: "training/\(loss)", part: .fidelity, title: "Loss: \(loss)", caption: "", form: .lines,
      xLabel: "step",
      yLabel: "loss",
      curves: [
        Exhibit.Curve(
          label: "training", role: .other, x: (0..<5000).map(Double.init),
          y: (0..<5000).map { 2 * exp(-Double($0) / 900) + 0.3 + 0.05 * sin(Double($0)) })
      ])
  }

  static let awkwardNames = [
    "<script>alert(1)</script>", "a/b", "\"quoted\" & 'so'", "", "Привет",
    "very long name of a channel that does not end",
    "\u{202E}turned", "line\nbreak", "</title></svg>",
  ]

  /// Names that would break a careless page, numbers that are none, empty and single curves.
  static var awkward: Evaluation {
    var sample = full(channels: awkwardNames, patients: 2, steps: 6)
    let point = Exhibit.Curve(label: "<b>one</b>", role: .real, x: [1], y: [3])
    let odd = Exhibit.Curve(
      label: "odd", role: .synthetic, x: [0, .nan, 2, .infinity], y: [.infinity, 1, nil, 2], low: [nil],
      high: [])
    let steady = Exhibit.Curve(label: "steady", role: .other, x: [0, 1, 2], y: [5, 5, 5])
    for form in [Exhibit.Form.lines, .points, .bars] {
      sample.exhibits.append(
        Exhibit(
          name: "odd/\(form.rawValue)", part: .structure, title: "<i>\(form)</i>", caption: "&amp;",
          form: form,
          curves: [point, odd, steady]))
    }
    sample.exhibits.append(
      Exhibit(name: "empty", part: .structure, title: "Empty", caption: "", form: .lines, curves: [odd]))
    sample.exhibits.append(
      Exhibit(
        name: "flat", part: .privacy, title: "Flat", caption: "", form: .histogram,
        curves: [Exhibit.Curve(label: "none", role: .real, x: [0, 0, 0], y: [0, 0])]))
    sample.exhibits.append(
      Exhibit(
        name: "ragged", part: .privacy, title: "Ragged", caption: "", form: .matrices,
        matrices: [
          Exhibit.Matrix(
            label: "<m>", role: .other, rows: ["a", "b"], columns: ["c"], values: [[.nan], [2]]),
          Exhibit.Matrix(
            label: "short", role: .other, rows: ["a", "b"], columns: ["c", "d"], values: [[1]]),
        ]))
    return sample
  }

  static var nothing: Evaluation { Evaluation(findings: [], facts: facts(channels: [])) }

  static var single: Evaluation {
    Evaluation(findings: [findings[0]], facts: facts(channels: ["HR"]))
  }

  static var manyChannels: Evaluation {
    full(channels: (1...60).map { "Channel \($0)" }, patients: 12, steps: 500)
  }
}
