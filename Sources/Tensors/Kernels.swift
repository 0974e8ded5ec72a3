import CKernels
import Foundation

/// The numeric kernels of one instruction set. See `CKernels.h` for what each of them does.
///
/// Two levels agree within rounding, not bit for bit: a result that must repeat exactly has to be
/// computed on the same level.
public struct Kernels: @unchecked Sendable {
  // Unchecked, because a pointer is not Sendable: the tables are constants that live as long as the process.
  public let table: UnsafePointer<vc_kernels>

  /// "plain", "baseline", "avx2", "avx512" or "neon".
  public var name: String { String(cString: table.pointee.name) }

  /// Floats in a vector register; 1 for the plain kernels.
  public var vectorWidth: Int { Int(table.pointee.vector_width) }

  /// Everything this processor can run, slowest first. Never empty: the plain kernels, in Swift, come
  /// first.
  public static let available: [Kernels] = {
    var count: Int32 = 0
    guard let tables = vc_available_kernels(&count) else { return [plain] }
    return [plain] + (0..<Int(count)).compactMap { tables[$0].map { Kernels(table: $0) } }
  }()

  /// The fastest level of this processor.
  public static var best: Kernels { available[available.count - 1] }

  /// - Throws: ``KernelError/unknown(name:available:)`` or ``KernelError/unsupported(name:available:)``.
  public static func named(_ name: String) throws(KernelError) -> Kernels {
    if let found = available.first(where: { $0.name == name }) { return found }
    let names = available.map(\.name)
    throw levels.contains(name)
      ? .unsupported(name: name, available: names) : .unknown(name: name, available: names)
  }

  /// The level that the environment variable `VITALCOHORT_ISA` names, or the best one where it is not
  /// set or empty.
  public static func chosen(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(KernelError) -> Kernels {
    guard let name = environment[variable], !name.isEmpty else { return best }
    return try named(name)
  }

  static let variable = "VITALCOHORT_ISA"
  private static let levels = ["plain", "baseline", "avx2", "avx512", "neon"]

  /// The readable kernels in Swift that the others are tested against.
  public static let plain = Kernels(table: PlainTable.pointer)
}

/// Why a level of kernels cannot be used.
public enum KernelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No such level exists.
  case unknown(name: String, available: [String])
  /// The level exists, but this processor cannot run it.
  case unsupported(name: String, available: [String])

  public var description: String {
    switch self {
    case .unknown(let name, let available):
      "\(Kernels.variable) is \"\(name)\", which is no instruction set we know; "
        + "here it can be \(available.joined(separator: ", "))"
    case .unsupported(let name, let available):
      "\(Kernels.variable) is \"\(name)\", which this processor does not have; "
        + "here it can be \(available.joined(separator: ", "))"
    }
  }
}
