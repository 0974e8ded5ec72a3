import Foundation

extension CohortComparison {
  /// The scores as plain text, at most 100 columns wide. "halves" is the score of one random half of the real
  /// patients against the other.
  public func table() -> String {
    var lines = [
      "\(realPatients) real and \(syntheticPatients) synthetic patients; halves: one half of the real"
        + " against the other",
      "",
    ]
    lines += block(
      groups: [
        ("mean", "real", "synth"), ("sd", "real", "synth"), ("difference / sd", "synth", "halves"),
        ("sd ratio", "synth", "halves"),
      ]
    ) { score, half in
      [
        general(score.real.mean), general(score.synthetic.mean), general(score.real.standardDeviation),
        general(score.synthetic.standardDeviation), fixed(score.meanDifference, 3),
        fixed(half?.meanDifference, 3), fixed(score.deviationRatio, 3), fixed(half?.deviationRatio, 3),
      ]
    }
    lines.append("")
    lines += block(
      groups: [
        ("W1 / sd", "synth", "halves"), ("lag-1", "real", "synth"), ("repeats %", "real", "synth"),
        ("known values %", "synth", "halves"), ("value shares", "synth", "halves"),
      ]
    ) { score, half in
      [
        fixed(score.wasserstein, 3), fixed(half?.wasserstein, 3), fixed(score.real.lag1, 3),
        fixed(score.synthetic.lag1, 3), percent(score.real.repeated), percent(score.synthetic.repeated),
        percent(score.known), percent(half?.known), fixed(score.valueVariation, 3),
        fixed(half?.valueVariation, 3),
      ]
    }
    lines.append("")
    lines += block(
      groups: [
        ("implausible %", "real", "synth"), ("missing %", "real", "synth"),
        ("values covered %", "synth", "halves"),
      ]
    ) { score, half in
      [
        percent(score.real.implausible), percent(score.synthetic.implausible),
        percent(score.real.missing), percent(score.synthetic.missing), percent(score.covered),
        percent(half?.covered),
      ]
    }
    lines.append("")
    lines += summary()
    return lines.joined(separator: "\n") + "\n"
  }

  private func summary() -> [String] {
    var lines = [
      "mean Wasserstein-1 / sd over channels: \(fixed(scores.meanWasserstein, 3))"
        + " (halves \(fixed(halves?.meanWasserstein, 3)))"
    ]
    if let worst = scores.worstCorrelation {
      lines.append(
        "largest difference of a correlation: \(fixed(worst.difference, 3))"
          + " (halves \(fixed(halves?.worstCorrelation?.difference, 3))),")
      lines.append(
        "  \(shortened(worst.first)) with \(shortened(worst.second)): "
          + "real \(fixed(worst.real, 3)), synthetic \(fixed(worst.synthetic, 3))")
    }
    if scores.realOrder != nil || scores.syntheticOrder != nil {
      lines.append(
        "SBP ≥ MAP ≥ DBP in % of frames: real \(percent(scores.realOrder)), "
          + "synthetic \(percent(scores.syntheticOrder))")
    }
    if let nearest {
      lines.append(
        "median distance to the nearest real stay: synthetic \(fixed(nearest.synthetic, 3)), "
          + "real \(fixed(nearest.real, 3)), ratio \(fixed(nearest.ratio, 2))")
      lines.append(
        "  \(percent(nearest.closeShare)) % of synthetic stays are nearer to a real one than the nearest 5 %"
          + " of real stays are to each other, \(percent(nearest.identicalShare)) % equal one")
      lines.append(
        nearest.looksCopied
          ? "  synthetic stays lie nearer to real ones than real ones to each other: they may be copies"
          : "  synthetic stays are no nearer to real ones than these are to each other")
    }
    if !unmatched.isEmpty {
      lines.append("not compared, in one cohort only: " + unmatched.map(shortened).joined(separator: ", "))
    }
    return lines.flatMap(wrapped)
  }

  /// A table with one row per channel, and two columns under each heading.
  private func block(
    groups: [(String, String, String)], row: (ChannelScores, ChannelScores?) -> [String]
  ) -> [String] {
    let rows = scores.channels.enumerated().map { c, score in row(score, halves?.channels[c]) }
    let names = scores.channels.map { shortened($0.name) }
    let nameWidth = max(7, names.map(\.count).max() ?? 0)
    var heading = padded("", nameWidth)
    var subheading = padded("channel", nameWidth)
    var widths: [Int] = []
    for (g, group) in groups.enumerated() {
      let pair = [(2 * g, group.1), (2 * g + 1, group.2)].map { column, title in
        max(title.count, rows.map { $0[column].count }.max() ?? 0)
      }
      let wider = max(0, group.0.count - pair[0] - pair[1] - 1)
      widths += [pair[0] + wider, pair[1]]
      heading += "  " + right(group.0, widths[2 * g] + pair[1] + 1)
      subheading += "  " + right(group.1, widths[2 * g]) + " " + right(group.2, pair[1])
    }
    let body = zip(names, rows).map { name, row in
      row.indices.reduce(padded(name, nameWidth)) { line, column in
        line + (column.isMultiple(of: 2) ? "  " : " ") + right(row[column], widths[column])
      }
    }
    return [heading, subheading] + body
  }
}

private func shortened(_ name: String) -> String {
  name.count <= 14 ? name : name.prefix(13) + "…"
}

private func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

private func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

private func fixed(_ x: Double?, _ digits: Int) -> String {
  guard let x else { return "–" }
  guard abs(x) < 1000 else { return general(x) }
  let text = String(format: "%.\(digits)f", x)
  return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) } ? String(text.dropFirst()) : text
}

private func percent(_ x: Double?) -> String {
  fixed(x.map { 100 * $0 }, 1)
}

/// Four digits, or an exponent for very large and very small numbers.
private func general(_ x: Double?) -> String {
  x.map { String(format: "%.4g", $0) } ?? "–"
}

/// Breaks a line at spaces so that none is wider than 100.
private func wrapped(_ line: String) -> [String] {
  var lines = [""]
  for (i, word) in line.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
    let last = lines.count - 1
    if i > 0 && lines[last].count + word.count + 1 > 100 {
      lines.append("  " + word)
    } else {
      lines[last] += (i == 0 ? "" : " ") + word
    }
  }
  return lines
}
