import Tensors

/// A matrix `[inputs, outputs]` in the form that products take, for the way forward and the way back.
final class PackedMatrix {
  let inputs: Int
  let outputs: Int
  let plain: Floats
  let transposed: Floats
  private let kernels: Kernels

  init(_ inputs: Int, _ outputs: Int, _ kernels: Kernels) {
    self.inputs = inputs
    self.outputs = outputs
    self.kernels = kernels
    plain = Floats(kernels.table.pointee.packed_size(inputs, outputs))
    transposed = Floats(kernels.table.pointee.packed_size(outputs, inputs))
  }

  func pack(_ w: UnsafePointer<Float>) {
    let table = kernels.table.pointee
    table.pack(w, inputs, outputs, outputs, 0, plain.base)
    table.pack(w, outputs, inputs, outputs, 1, transposed.base)
  }
}
