// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v14)],
  dependencies: [
    .package(name: "VitalCohort", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .target(name: "CProbe"),
    .executableTarget(
      name: "benchmark",
      dependencies: [
        "CProbe",
        .product(name: "VitalCohort", package: "VitalCohort"),
        .product(name: "VitalCohortNumerics", package: "VitalCohort"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Benchmark"),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
