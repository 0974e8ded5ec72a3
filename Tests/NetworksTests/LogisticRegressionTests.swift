import Foundation
import Networks
import Testing

/// Values against scikit-learn are in LearnerReferenceTests, with those of the other learners.
@Suite("Logistic regression")
struct LogisticRegressionTests {
  @Test("perfectly divided cases have finite effects, and a factor twice given is not refused")
  func separated() throws {
    let rows = (0..<40).map { [Double($0) - 20, Double($0) - 20] }
    let fit = try #require(LogisticRegression(rows, isCase: (0..<40).map { $0 > 20 }))
    #expect(fit.effects.allSatisfy { $0.isFinite } && abs(fit.effects[0] - fit.effects[1]) < 1e-6)
    #expect(LogisticRegression([], isCase: []) == nil)
  }

  @Test("where all rows are cases, a ridge on the intercept keeps it finite, and the gradient is zero there")
  func allCases() throws {
    let rows = (0..<30).map { Double($0 % 3) }
    let fit = try #require(
      LogisticRegression(
        rows, width: 1, isCase: Array(repeating: true, count: 30), penalty: 0.1, interceptPenalty: 0.1))
    let left = rows.map { 1 / (1 + exp(fit.intercept + fit.effects[0] * $0)) }
    #expect(abs(left.reduce(0, +) - 0.1 * fit.intercept) < 1e-6)
    #expect(abs(zip(left, rows).reduce(0) { $0 + $1.0 * $1.1 } - 0.1 * fit.effects[0]) < 1e-6)
  }
}
