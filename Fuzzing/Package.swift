// swift-tools-version: 6.0
import PackageDescription

// Built by Scripts/fuzz, with the sanitizers.
let package = Package(
  name: "Fuzzing",
  platforms: [.macOS(.v14)],
  dependencies: [.package(name: "VitalCohort", path: "..")],
  targets: [
    .executableTarget(
      name: "FuzzInspect", dependencies: [.product(name: "VitalCohort", package: "VitalCohort")],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ],
  swiftLanguageModes: [.v6]
)
