import Cohorts
import Foundation

/// What hangs on whole stays: their lengths, and what is known of patients besides their series.
struct PatientStatistics: Sendable {
  let material: Material
  let context: Context
  let scales: [ChannelScale]
  private let dealing: Dealing

  init(_ material: Material, _ context: Context, scales: [ChannelScale]) {
    self.material = material
    self.context = context
    self.scales = scales
    var random = context.random("statistics-patients")
    let (real, synthetic) = (material.real.persons, material.synthetic.persons)
    dealing = Dealing(
      real: real.indices.map { ($0, real[$0]) }, synthetic: synthetic.indices.map { ($0, synthetic[$0]) },
      using: &random)
  }

  func findings() throws -> [Finding] { try [lengths(), marginals(), links()] }

  private func side(_ bucket: Int) -> Material.Side {
    bucket < dealing.realBuckets ? material.real : material.synthetic
  }

  /// A score of sorted numbers, one of each patient, for each of several columns.
  private func measure(
    _ columns: Int, number: @Sendable (_ isReal: Bool, _ patient: Int, _ column: Int) -> Float,
    score: @Sendable (SortedValues, Dealing.Deal, Int) -> Double?
  ) throws -> Measured {
    let deals = dealing.deals
    let scores: [[Double?]] = try context.map(columns) { column in
      let sorted = SortedValues(
        dealing.buckets.enumerated().map { bucket, patients in
          patients.map { number(bucket < dealing.realBuckets, $0, column) }
        })
      return deals.map { score(sorted, $0, column) }
    }
    return Measured(
      deals.indices.map { i in scores.map { $0[i] } }, dealing: dealing, by: .mean)
  }

  private func lengths() throws -> Finding {
    let sides = (material.real, material.synthetic)
    let frames = { (side: Material.Side) in
      side.cohort.patients.map { patient -> Int in
        side.clock.frames(of: patient, channels: side.cohort.channels)
      }
    }
    let (real, synthetic) = (frames(sides.0), frames(sides.1))
    let moments = Distribution(real.map(Float.init))
    let deviation = moments.deviation ?? 0
    let unit = deviation > 0 ? deviation : max(moments.mean ?? 1, 1)
    let measured =
      real.count < 2
      ? Measured.nothing
      : try measure(1) { isReal, patient, _ in
        Float(isReal ? real[patient] : synthetic[patient])
      } score: { sorted, deal, _ in
        sorted.wasserstein(deal).map { $0 / unit }
      }
    return StatisticWords(
      name: "lengths", title: "Lengths of stays", part: .structure, before: "The lengths of stays lie",
      after: deviation > 0
        ? "real standard deviations apart"
        : "of the real length apart, where all real stays have \(real.first ?? 0) frames",
      trouble: "stays are longer or shorter than in the real cohort"
    ).finding(
      measured, Judgement(negligible: 0.05, bad: 1), names: ["length"],
      absence: "The real cohort is a single series, so there are no lengths to compare.")
  }

  /// Covariates of the real cohort that the synthetic one has too, with their places in it.
  private var shared: [(covariate: Covariate, real: Int, synthetic: Int)] {
    material.real.cohort.covariates.enumerated().compactMap { i, covariate in
      material.synthetic.cohort.covariates.firstIndex { $0.name == covariate.name }
        .map { (covariate, i, $0) }
    }
  }

  /// Labels of the synthetic cohort as numbers of the real one's; unknown ones follow.
  private func translation(_ covariate: Covariate, _ place: Int) -> [Float]? {
    guard case .categorical(let labels) = covariate.kind,
      case .categorical(let others) = material.synthetic.cohort.covariates[place].kind
    else { return nil }
    return others.enumerated().map { i, label in Float(labels.firstIndex(of: label) ?? labels.count + i) }
  }

  /// `[side][column][patient]`, labels as numbers of the real cohort's labels.
  private func columns() -> (real: [[Float]], synthetic: [[Float]]) {
    let real = shared.map { item in material.real.cohort.patients.map { $0.covariates[item.real] } }
    let synthetic = shared.map { item in
      let labels = translation(item.covariate, item.synthetic)
      return material.synthetic.cohort.patients.map { patient -> Float in
        let value = patient.covariates[item.synthetic]
        guard let labels, value.isFinite, labels.indices.contains(Int(value)) else { return value }
        return labels[Int(value)]
      }
    }
    return (real, synthetic)
  }

  private var absence: String {
    material.real.cohort.covariates.isEmpty
      ? "The real cohort has no statics or outcomes."
      : "The synthetic cohort has none of the statics and outcomes of the real one."
  }

  private func marginals() throws -> Finding {
    let shared = shared
    let (real, synthetic) = columns()
    let units = real.map { Distribution($0).deviation ?? 0 }
    let isCategorical = shared.map { if case .categorical = $0.covariate.kind { true } else { false } }
    let measured = try measure(shared.count) { isReal, patient, column in
      isReal ? real[column][patient] : synthetic[column][patient]
    } score: { sorted, deal, column in
      if isCategorical[column] { return sorted.variation(deal) }
      return units[column] > 0 ? sorted.wasserstein(deal).map { $0 / units[column] } : nil
    }
    return StatisticWords(
      name: "covariates", title: "Statics and outcomes", part: .structure,
      before: "Statics and outcomes are distributed",
      after:
        "apart on average (real standard deviations, or shares of labels)",
      trouble: "the synthetic patients are not the same kind of people"
    ).finding(
      measured, Judgement(negligible: 0.03, bad: 0.4), names: shared.map(\.covariate.name), absence: absence)
  }

  /// The correlations of each covariate with the mean of each channel over the stay, and with each other.
  private func links() throws -> Finding {
    let shared = shared
    let (real, synthetic) = columns()
    let channels = scales.indices
    func means(_ side: Material.Side, _ columns: [[Float]]) -> [[Double]] {
      side.cohort.patients.enumerated().map { p, patient in
        channels.map { c in
          let observed = patient.series[c].values.lazy.filter(\.isFinite)
          let mean = observed.reduce(0.0) { $0 + Double($1) } / Double(observed.count)
          return (mean - scales[c].mean) / scales[c].deviation
        } + columns.map { Double($0[p]) }
      }
    }
    let rows = (means(material.real, real), means(material.synthetic, synthetic))
    let (width, count) = (channels.count + shared.count, shared.count)
    let origins = shared.indices.map { Distribution(real[$0]).mean ?? 0 }
    let sums = BucketSums(size: count * width * 6, dealing: dealing) { patient, isReal, sums in
      let row = isReal ? rows.0[patient] : rows.1[patient]
      for j in 0..<count {
        let x = row[channels.count + j] - origins[j]
        guard x.isFinite else { continue }
        for k in 0..<width where k != channels.count + j && row[k].isFinite {
          let y = k < channels.count ? row[k] : row[k] - origins[k - channels.count]
          let place = 6 * (j * width + k)
          for (i, term) in [1, x, y, x * y, x * x, y * y].enumerated() { sums[place + i] += term }
        }
      }
    }
    let correlation = { @Sendable (sums: [Double], place: Int) -> Double? in
      let n = sums[place]
      guard n >= 10 else { return nil }
      let (x, y) = (sums[place + 1] / n, sums[place + 2] / n)
      let (p, q) = (sums[place + 4] / n - x * x, sums[place + 5] / n - y * y)
      guard p > 1e-9 * sums[place + 4] / n, q > 1e-9 * sums[place + 5] / n else { return 0 }
      return (sums[place + 3] / n - x * y) / (p * q).squareRoot()
    }
    let table = try sums.table(dealing, context) { a, b in
      (0..<count).map { j in
        let differences = (0..<width).compactMap { k -> Double? in
          let place = 6 * (j * width + k)
          guard let x = correlation(a, place), let y = correlation(b, place) else { return nil }
          return abs(x - y)
        }
        return differences.isEmpty ? nil : StructureStatistics.mean(differences)
      }
    }
    return StatisticWords(
      name: "covariate_links", title: "Statics and outcomes against the series", part: .structure,
      before: "Correlations of statics and outcomes with the patients' mean values differ by",
      after: "on average", trouble: "what is known of patients does not go with their series as in reality"
    ).finding(
      Measured(table, dealing: dealing, by: .mean), Judgement(negligible: 0.02, bad: 0.3),
      names: shared.map(\.covariate.name), absence: absence)
  }
}
