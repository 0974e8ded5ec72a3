import CKernels
import Foundation

/// The numeric kernels of one instruction set. See `CKernels.h` for what each of them does.
///
/// Two levels agree within rounding, not bit for bit: a result that must repeat exactly has to be
/// computed on the same level.
public struct Kernels: @unchecked Sendable {
  // Unchecked, because a pointer is not Sendable: the tables are constants that live as long as the process.
  public let table: UnsafePointer<vc_kernels>

  /// "plain", "baseline", "avx2", "avx512", "avx512bf16" or "neon".
  public var name: String { String(cString: table.pointee.name) }

  /// Floats in a vector register; 1 for the plain kernels.
  public var vectorWidth: Int { Int(table.pointee.vector_width) }

  /// How products hold what they multiply.
  public var precision: Precision { table.pointee.bfloat16 != 0 ? .bfloat16 : .float32 }

  /// Everything this processor can run in full precision, slowest first. Never empty: the plain kernels, in
  /// Swift, come first.
  public static let available = everything.filter { $0.precision == .float32 }

  /// The level that multiplies in bfloat16, where this processor has the instructions.
  public static let bfloat16 = everything.last { $0.precision == .bfloat16 }

  /// What can be asked for by name.
  private static let everything: [Kernels] = {
    var count: Int32 = 0
    guard let tables = vc_available_kernels(&count) else { return [plain] }
    return [plain] + (0..<Int(count)).compactMap { tables[$0].map { Kernels(table: $0) } }
  }()

  /// The fastest level of this processor in full precision.
  public static var best: Kernels { available[available.count - 1] }

  /// - Throws: ``KernelError/unknown(name:available:)`` or ``KernelError/unsupported(name:available:)``.
  public static func named(_ name: String) throws(KernelError) -> Kernels {
    if let found = everything.first(where: { $0.name == name }) { return found }
    let names = everything.map(\.name)
    throw levels.contains(name)
      ? .unsupported(name: name, available: names) : .unknown(name: name, available: names)
  }

  /// The level that the environment variable `VITALCOHORT_ISA` names, or the best one of `precision` where it
  /// is not set or empty. A level in bfloat16 that is named serves where full precision is asked for; not
  /// the other way round.
  ///
  /// - Throws: what ``named(_:)`` throws, ``KernelError/noBfloat16(best:)`` and
  ///   ``KernelError/conflict(name:)``.
  public static func chosen(
    precision: Precision = .float32, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(KernelError) -> Kernels {
    guard let name = environment[variable], !name.isEmpty else {
      guard precision == .bfloat16 else { return best }
      guard let bfloat16 else { throw .noBfloat16(best: best.name) }
      return bfloat16
    }
    let kernels = try named(name)
    if precision == .bfloat16, kernels.precision != precision { throw .conflict(name: name) }
    return kernels
  }

  static let variable = "VITALCOHORT_ISA"
  private static let levels = ["plain", "baseline", "avx2", "avx512", "avx512bf16", "neon"]

  /// The readable kernels in Swift that the others are tested against.
  public static let plain = Kernels(table: PlainTable.pointer)
}

/// Why a level of kernels cannot be used.
public enum KernelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No such level exists.
  case unknown(name: String, available: [String])
  /// The level exists, but this processor cannot run it.
  case unsupported(name: String, available: [String])
  /// Products in bfloat16 were asked for, and this processor has no instructions for them.
  case noBfloat16(best: String)
  /// Products in bfloat16 were asked for, and a level that has none.
  case conflict(name: String)

  public var description: String {
    switch self {
    case .unknown(let name, let available):
      "\(Kernels.variable) is \"\(name)\", which is no instruction set we know; "
        + "here it can be \(available.joined(separator: ", "))"
    case .unsupported(let name, let available):
      "\(Kernels.variable) is \"\(name)\", which this processor does not have; "
        + "here it can be \(available.joined(separator: ", "))"
    case .noBfloat16(let best):
      "precision bfloat16 needs a processor with AVX512_BF16, which this one does not have (its best level is "
        + "\(best)); use float32"
    case .conflict(let name):
      "precision bfloat16 needs \(Kernels.variable)=avx512bf16, but it is \"\(name)\"; leave one of them away"
    }
  }
}

/// How products hold what they multiply.
public enum Precision: String, Sendable, Codable, CaseIterable {
  /// As it is.
  case float32
  /// Rounded to 8 significant bits; sums, and all that is no product, stay in Float. Up to twice as fast, on
  /// processors that have it.
  case bfloat16
}
