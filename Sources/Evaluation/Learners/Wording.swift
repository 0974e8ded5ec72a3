import Foundation

/// `63 %`
func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }

/// `0.042`, or `0.81` with two digits.
func decimal(_ x: Double, digits: Int = 3) -> String { String(format: "%.\(digits)f", x) }
