import Foundation
import HDF5
import Networks
import Tensors
import Testing

@testable import Evaluation

/// Against scikit-learn, by `Tests/Fixtures/make_learners.py`.
@Suite("Learners against scikit-learn")
struct LearnerReferenceTests {
  private let file: HDF5File

  init() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    file = try HDF5File.open(tests.appendingPathComponent("Fixtures/learners.h5").path)
  }

  private func numbers(_ path: String) throws -> [Double] { try file.dataset(path).read(Double.self) }

  private func rows(_ path: String) throws -> [[Double]] {
    let dataset = try file.dataset(path)
    let (values, width) = (try dataset.read(Double.self), dataset.shape[1])
    return (0..<dataset.shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  @Test("areas under both curves agree, with ties and with weights")
  func areas() throws {
    let labels = try numbers("curves/labels").map { $0 > 0.5 }
    let ranking = Ranking(try numbers("curves/scores").map { Float($0) }, isCase: labels)
    let weights = try numbers("curves/weights")
    let found = [ranking.auroc(), ranking.auroc(weights: weights)]
    let precision = [ranking.averagePrecision(), ranking.averagePrecision(weights: weights)]
    let (expected, expectedPrecision) = (try numbers("curves/auroc"), try numbers("curves/auprc"))
    for i in 0..<2 {
      #expect(abs((found[i] ?? 0) - expected[i]) < 1e-9)
      #expect(abs((precision[i] ?? 0) - expectedPrecision[i]) < 1e-9)
    }
  }

  @Test("a forest finds an interaction as well as scikit-learn's does")
  func forest() throws {
    let x = try rows("forest/x").map { $0.map { Float($0) } }
    let test = try rows("forest/test_x").map { $0.map { Float($0) } }
    let y = try numbers("forest/y").map { $0 > 0.5 }
    let testY = try numbers("forest/test_y").map { $0 > 0.5 }
    let areas = (0..<4).map { seed -> Double in
      var random = Philox(seed: UInt64(seed))
      let forest = RandomForest(x, isCase: y, at: Array(x.indices), using: &random)
      return Ranking(test.map(forest.score), isCase: testY).auroc() ?? 0
    }
    let expected = Estimates.mean(try numbers("forest/auroc")).mean
    let deviation = Estimates.deviation(try numbers("forest/auroc"))
    #expect(abs(Estimates.mean(areas).mean - expected) < 2 * deviation)
  }

  @Test("effects and standard errors of a logistic regression agree")
  func logistic() throws {
    let y = try numbers("forest/y").map { $0 > 0.5 }
    let fit = try #require(LogisticRegression(try rows("forest/x"), isCase: y, penalty: 0.1))
    for (a, b) in zip(fit.effects, try numbers("logistic/effects")) { #expect(abs(a - b) < 1e-5) }
    for (a, b) in zip(fit.errors, try numbers("logistic/errors")) { #expect(abs(a - b) < 1e-5) }
    let intercept = try numbers("logistic/intercept")[0]
    #expect(abs(fit.intercept - intercept) < 1e-5)
  }
}
