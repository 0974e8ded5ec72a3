// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "VitalCohort",
  platforms: [.macOS(.v14)],
  products: [
    .library(name: "VitalCohort", targets: ["Cohorts", "Synthesis", "Simulation", "Evaluation", "Reports"]),
    .library(name: "VitalCohortNumerics", targets: ["CKernels", "Tensors", "Networks"]),
    .executable(name: "vitalcohort", targets: ["vitalcohort"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5-serial",
      providers: [.apt(["libhdf5-dev", "pkg-config"])]),
    .target(name: "HDF5", dependencies: ["CHDF5"]),
    .target(name: "Cohorts", dependencies: ["HDF5"]),
    .target(name: "CKernels"),
    .target(name: "CSupervision"),
    .target(name: "Tensors", dependencies: ["CKernels"]),
    .target(name: "Networks", dependencies: ["Tensors"]),
    .target(name: "Simulation", dependencies: ["Cohorts", "Tensors"]),
    .target(name: "Synthesis", dependencies: ["Cohorts", "HDF5", "Networks", "Tensors"]),
    .target(name: "Privacy", dependencies: ["Cohorts", "Networks", "Tensors"]),
    .target(name: "Evaluation", dependencies: ["Cohorts", "Networks", "Privacy", "Tensors"]),
    .target(name: "Reports", dependencies: ["Cohorts", "Evaluation", "HDF5"]),
    .executableTarget(
      name: "vitalcohort",
      dependencies: [
        "CSupervision", "Cohorts", "Evaluation", "HDF5", "Networks", "Privacy", "Reports", "Simulation",
        "Synthesis",
        "Tensors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "HDF5Tests", dependencies: ["CHDF5", "HDF5"]),
    .testTarget(name: "CohortsTests", dependencies: ["Cohorts", "HDF5", "Tensors"]),
    .testTarget(name: "TensorsTests", dependencies: ["CKernels", "HDF5", "Tensors"]),
    .testTarget(name: "NetworksTests", dependencies: ["HDF5", "Networks", "Tensors"]),
    .testTarget(name: "SimulationTests", dependencies: ["Simulation", "Cohorts"]),
    .testTarget(name: "SynthesisTests", dependencies: ["Synthesis", "Simulation", "Cohorts", "HDF5"]),
    .testTarget(name: "PrivacyTests", dependencies: ["Privacy", "Cohorts", "Tensors"]),
    .testTarget(
      name: "EvaluationTests",
      dependencies: ["Evaluation", "Cohorts", "HDF5", "Networks", "Privacy", "Simulation", "Tensors"]),
    .testTarget(
      name: "ReportsTests", dependencies: ["Reports", "Evaluation", "Cohorts", "HDF5"],
      exclude: ["open_in_browser.py"]),
    .testTarget(
      name: "LineTests", dependencies: ["Cohorts", "HDF5", "vitalcohort"],
      exclude: ["open_in_python.py"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
