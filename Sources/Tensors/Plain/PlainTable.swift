import CKernels

/// The plain kernels behind the same table as the fast ones, so that a whole training run can be done in
/// Swift alone.
///
/// The caller promises valid pointers, as everywhere in this table; only the ones the header calls
/// optional may be null.
enum PlainTable {
  private typealias Reference = Plain<Float>

  // Written once, before anyone can read it, and never freed.
  nonisolated(unsafe) static let pointer: UnsafePointer<vc_kernels> = {
    let memory = UnsafeMutablePointer<vc_kernels>.allocate(capacity: 1)
    memory.initialize(to: makeTable())
    return UnsafePointer(memory)
  }()

  private static func makeTable() -> vc_kernels {
    var table = vc_kernels()
    let name: StaticString = "plain"
    table.name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    table.vector_width = 1
    addProducts(to: &table)
    addGRU(to: &table)
    addLSTM(to: &table)
    addElementwise(to: &table)
    addLosses(to: &table)
    addSampling(to: &table)
    return table
  }

  private static func addProducts(to table: inout vc_kernels) {
    table.packed_size = { k, rows in (k * rows + 15) & ~15 }
    table.pack = { Reference.pack($0!, $1, $2, $3, transposed: $4 != 0, $5!) }
    table.dense = {
      Reference.dense($0!, bias: $1, $2, $3, $4, $5, $6!, $7, $8!, $9, accumulate: $10 != 0)
    }
    table.dense_gradient = { k, rows, steps, lanes, x, xStride, dy, dyStride, dw, ld, db, _ in
      Reference.denseGradient(k, rows, steps, lanes, x!, xStride, dy!, dyStride, dw!, ld, db)
    }
    table.gradient_scratch = { _ in 0 }
  }

  private static func addGRU(to table: inout vc_kernels) {
    table.gru_packed_size = { Reference.gruPackedSize($0, $1) }
    table.gru_pack = { Reference.gruPack($0, $1, $2!, $3!, $4!, $5!, $6!) }
    table.gru_forward = {
      Reference.gruForward($0, $1, $2, $3, $4!, $5!, $6, $7, $8, $9!, $10, $11!, $12)
    }
    table.gru_backward = {
      Reference.gruBackward(
        $0, $1, $2, $3, $4!, $5, $6, $7!, $8, $9!, $10!, $11, $12, $13, dxAdds: $14 != 0, $15!)
    }
    table.gru_gradient = {
      inputs, hidden, steps, lanes, x, xStride, h, hStride, deltas, dwx, dwh, dbx, dbh, _ in
      Reference.gruGradient(
        inputs, hidden, steps, lanes, x!, xStride, h!, hStride, deltas!, dwx!, dwh!, dbx!, dbh!)
    }
  }

  private static func addLSTM(to table: inout vc_kernels) {
    table.lstm_packed_size = { Reference.lstmPackedSize($0, $1) }
    table.lstm_pack = { Reference.lstmPack($0, $1, $2!, $3!, $4!, $5!, $6!) }
    table.lstm_forward = {
      Reference.lstmForward($0, $1, $2, $3, $4!, $5!, $6, $7, $8, $9!, $10, $11!, $12, $13!, $14)
    }
    table.lstm_backward = {
      Reference.lstmBackward(
        $0, $1, $2, $3, $4!, $5, $6, $7!, $8!, $9!, $10, $11, $12, dxAdds: $13 != 0, $14!, $15!)
    }
    table.lstm_gradient = {
      inputs, hidden, steps, lanes, x, xStride, h, hStride, deltas, dwx, dwh, dbx, dbh, _ in
      Reference.lstmGradient(
        inputs, hidden, steps, lanes, x!, xStride, h!, hStride, deltas!, dwx!, dwh!, dbx!, dbh!)
    }
  }

  private static func addLosses(to table: inout vc_kernels) {
    table.mixture_nll = {
      Reference.mixtureNLL(
        $0, anchored: $1, unit: $2, floor: $3, $4, $5, $6!, $7, $8!, $9, $10, $11, $12!, $13, $14!, $15)
    }
    table.squared_error = {
      Reference.squaredError($0, $1, $2, $3!, $4, $5!, $6, $7!, $8, $9, $10!)
    }
    table.cross_entropy = { Reference.crossEntropy($0, $1, $2!, $3, $4, $5!, $6, $7!) }
    table.moments = { Reference.moments($0, $1, $2, $3!, $4, $5!, $6, $7!, $8, $9!) }
    table.moments_backward = {
      Reference.momentsBackward($0, $1, $2, $3!, $4, $5!, $6, $7!, $8!, $9)
    }
  }

  private static func addSampling(to table: inout vc_kernels) {
    table.uniforms = { Reference.uniforms($0, $1!, $2, $3, $4, $5!) }
    table.normals = { n, p, z in Reference.map(n, p!, z!, Reference.normalQuantile) }
    table.mixture_draw = {
      Reference.mixtureDraw($0, anchored: $1, unit: $2, floor: $3, $4, $5!, $6!, $7!, $8!, $9!)
    }
  }

  private static func addElementwise(to table: inout vc_kernels) {
    table.sigmoid = { n, x, y in Reference.map(n, x!, y!, Reference.sigmoid) }
    table.tanh = { n, x, y in Reference.map(n, x!, y!, Float.tanh) }
    table.silu = { n, x, y in Reference.map(n, x!, y!, Reference.silu) }
    table.exp = { n, x, y in Reference.map(n, x!, y!, Float.exp) }
    table.log = { n, x, y in Reference.map(n, x!, y!, Float.log) }
    table.sigmoid_backward = { Reference.sigmoidBackward($0, $1!, $2!, $3!) }
    table.tanh_backward = { Reference.tanhBackward($0, $1!, $2!, $3!) }
    table.silu_backward = { Reference.siluBackward($0, $1!, $2!, $3!) }
    table.add_scaled = { Reference.addScaled($0, $1, $2!, $3!) }
    table.add_steps = { Reference.addSteps($0, $1, $2, $3!, $4, $5!, $6) }
    table.scale = { Reference.scale($0, $1, $2!) }
    table.blend = { Reference.blend($0, $1, $2!, $3!) }
    table.square_sum = { Reference.squareSum($0, $1!) }
    table.adam = {
      Reference.adam(
        $0, $1!, $2!, $3!, $4!, rate: $5, beta1: $6, beta2: $7, epsilon: $8, correction1: $9,
        correction2: $10, scale: $11)
    }
  }
}
