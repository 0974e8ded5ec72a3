import Testing

@testable import Tensors

@Suite("Choosing an instruction set")
struct KernelChoiceTests {
  @Test("the best level is used unless the environment names one")
  func bestByDefault() throws {
    #expect(try Kernels.chosen(environment: [:]).name == Kernels.best.name)
    #expect(try Kernels.chosen(environment: ["VITALCOHORT_ISA": ""]).name == Kernels.best.name)
    for kernels in Kernels.available {
      #expect(try Kernels.chosen(environment: ["VITALCOHORT_ISA": kernels.name]).name == kernels.name)
    }
  }

  @Test("a name that is no level is refused, and the message says what it can be")
  func refusesUnknown() {
    let names = Kernels.available.map(\.name)
    let expected = KernelError.unknown(name: "avx1024", available: names)
    #expect(throws: expected) { try Kernels.chosen(environment: ["VITALCOHORT_ISA": "avx1024"]) }
    #expect(
      expected.description == "VITALCOHORT_ISA is \"avx1024\", which is no instruction set we know; here it "
        + "can be \(names.joined(separator: ", "))")
  }

  @Test("a level that this processor lacks is refused rather than replaced")
  func refusesUnsupported() throws {
    let names = Kernels.available.map(\.name)
    let missing = try #require(["neon", "avx512"].first { !names.contains($0) })
    #expect(throws: KernelError.unsupported(name: missing, available: names)) {
      try Kernels.chosen(environment: ["VITALCOHORT_ISA": missing])
    }
  }

  @Test("the plain kernels are always there, slowest first")
  func plainFirst() {
    #expect(Kernels.available.first?.name == "plain")
    #expect(Kernels.available.count >= 2)
  }
}
