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
    let names = (Kernels.available + Kernels.rounding).map(\.name)
    let expected = KernelError.unknown(name: "avx1024", available: names)
    #expect(throws: expected) { try Kernels.chosen(environment: ["VITALCOHORT_ISA": "avx1024"]) }
    #expect(
      expected.description == "VITALCOHORT_ISA is \"avx1024\", which is no instruction set we know; here it "
        + "can be \(names.joined(separator: ", "))")
  }

  @Test("a level that this processor lacks is refused rather than replaced")
  func refusesUnsupported() throws {
    let names = (Kernels.available + Kernels.rounding).map(\.name)
    let missing = try #require(["neon", "avx512"].first { !names.contains($0) })
    #expect(throws: KernelError.unsupported(name: missing, available: names)) {
      try Kernels.chosen(environment: ["VITALCOHORT_ISA": missing])
    }
  }

  @Test("bfloat16 is used where it is asked for, by name or as a precision, and nowhere else")
  func bfloat16OnRequest() throws {
    #expect(Kernels.available.allSatisfy { $0.precision == .float32 })
    #expect(Kernels.best.precision == .float32)
    guard let bfloat16 = Kernels.bfloat16 else {
      #expect(throws: KernelError.noBfloat16(best: Kernels.best.name)) {
        try Kernels.chosen(precision: .bfloat16, environment: [:])
      }
      return
    }
    #expect(bfloat16.name == "avx512bf16")
    #expect(try Kernels.chosen(precision: .bfloat16, environment: [:]).name == bfloat16.name)
    #expect(try Kernels.chosen(environment: ["VITALCOHORT_ISA": bfloat16.name]).precision == .bfloat16)
    #expect(throws: KernelError.conflict(name: "baseline")) {
      try Kernels.chosen(precision: .bfloat16, environment: ["VITALCOHORT_ISA": "baseline"])
    }
  }

  @Test("a processor without bfloat16, and another level beside it, say what to do")
  func bfloat16Errors() {
    #expect(
      KernelError.noBfloat16(best: "avx2").description
        == "precision bfloat16 needs a processor with AVX512_BF16, which this one does not have (its best level "
        + "is avx2); use float32")
    #expect(
      KernelError.conflict(name: "avx2").description
        == "precision bfloat16 needs VITALCOHORT_ISA=avx512bf16, but it is \"avx2\"; leave one of them away")
  }

  @Test("the plain kernels are always there, slowest first")
  func plainFirst() {
    #expect(Kernels.available.first?.name == "plain")
    #expect(Kernels.available.count >= 2)
  }
}
