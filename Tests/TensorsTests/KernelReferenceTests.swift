import CKernels
import Foundation
import HDF5
import Testing

@testable import Tensors

/// Values that PyTorch computed, made by `Tests/Fixtures/make_networks.py`.
private struct Reference {
  let group: HDF5Group

  init(_ name: String) throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    group = try HDF5File.open(tests.appendingPathComponent("Fixtures/networks.h5").path).group(name)
  }

  func array(_ name: String) throws -> [Float] { try group.dataset(name).read(Float.self) }
  func shape(_ name: String) throws -> [Int] { try group.dataset(name).shape }
  func number(_ name: String) throws -> Double { try #require(group.attribute(name)?.number) }
}

private let lanes = 16

/// `[B,T,F]` in lane layout, zeros in the lanes that no sequence uses.
private func lanesOf(_ values: [Float], _ steps: Int, _ features: Int) -> Floats {
  let result = Floats(steps * features * lanes)
  for (i, value) in values.enumerated() {
    result.base[i % (steps * features) * lanes + i / (steps * features)] = value
  }
  return result
}

/// `[B,T,F]` out of lane layout.
private func batchOf(_ values: ArraySlice<Float>, _ batch: Int, _ steps: Int, _ features: Int) -> [Float] {
  (0..<batch * steps * features).map {
    values[values.startIndex + $0 % (steps * features) * lanes + $0 / (steps * features)]
  }
}

/// The largest error, relative to the largest value.
private func error(_ got: [Float], _ want: [Float]) -> Float {
  guard got.count == want.count else { return .infinity }
  let largest = want.map(abs).max() ?? 1
  return zip(got, want).map { ($0 - $1).isNaN ? .infinity : abs($0 - $1) }.reduce(0, max) / largest
}

@Suite("Kernels against stored PyTorch values")
struct KernelReferenceTests {
  static let tolerance: Float = 3e-6

  @Test("dense: result and gradients", arguments: Kernels.available)
  func dense(kernels: Kernels) throws {
    let reference = try Reference("dense")
    let table = kernels.table.pointee
    let (shape, rows) = (try reference.shape("x"), try reference.shape("bias")[0])
    let (batch, steps, k) = (shape[0], shape[1], shape[2])
    let (x, w) = (lanesOf(try reference.array("x"), steps, k), Floats(try reference.array("weight")))
    let slopes = lanesOf(try reference.array("slopes"), steps, rows)
    let bias = Floats(try reference.array("bias"))
    // PyTorch's weight is [rows][k].
    let packed = Floats(table.packed_size(k, rows))
    let packedBack = Floats(table.packed_size(rows, k))
    table.pack(w.base, k, rows, k, 1, packed.base)
    table.pack(w.base, rows, k, k, 0, packedBack.base)
    let (y, dx) = (Floats(steps * rows * lanes), Floats(steps * k * lanes))
    table.dense(packed.base, bias.base, k, rows, steps, lanes, x.base, k * lanes, y.base, rows * lanes, 0)
    table.dense(
      packedBack.base, nil, rows, k, steps, lanes, slopes.base, rows * lanes, dx.base, k * lanes, 0)
    let (dw, db) = (Floats(k * rows), Floats(rows))
    let scratch = Floats(table.gradient_scratch(lanes))
    table.dense_gradient(
      k, rows, steps, lanes, x.base, k * lanes, slopes.base, rows * lanes, dw.base, rows, db.base,
      scratch.base)
    let dwInTheirOrder = (0..<k * rows).map { dw.base[$0 % k * rows + $0 / k] }
    let found = [
      "output": batchOf(y.array[...], batch, steps, rows),
      "gradients/x": batchOf(dx.array[...], batch, steps, k),
      "gradients/weight": dwInTheirOrder, "gradients/bias": db.array,
    ]
    for (name, values) in found {
      let deviation = error(values, try reference.array(name))
      #expect(deviation < Self.tolerance, "\(name)")
    }
  }

  @Test("two GRU layers: states and all gradients", arguments: Kernels.available)
  func gru(kernels: Kernels) throws {
    try twoLayers(.gru, kernels)
  }

  @Test(
    "two LSTM layers: states and all gradients, those of the first cells too", arguments: Kernels.available)
  func lstm(kernels: Kernels) throws {
    try twoLayers(.lstm, kernels)
  }

  private func twoLayers(_ cell: Cell, _ kernels: Kernels) throws {
    let reference = try Reference(cell.rawValue)
    let shape = try reference.shape("x")
    let (batch, steps, channels) = (shape[0], shape[1], shape[2])
    let hidden = try reference.shape("output")[2]
    let size = batch * hidden
    let h0 = try reference.array("h0")
    let c0 = cell == .lstm ? try reference.array("c0") : h0.map { _ in 0 }
    let x = lanesOf(try reference.array("x"), steps, channels)
    let layers = try (0..<2).map { l in
      ReferenceLayer(
        cell, inputs: l == 0 ? channels : hidden, hidden: hidden, steps: steps, kernels: kernels,
        initial: [h0, c0].map { lanesOf(Array($0[l * size..<(l + 1) * size]), 1, hidden) },
        weights: try ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map {
          try reference.array("\($0)_l\(l)")
        })
    }
    layers[0].forward(x.base)
    layers[1].forward(layers[0].states)
    let slopes = lanesOf(try reference.array("slopes"), steps, hidden)
    let below = layers[1].backward(slopes.base, input: layers[0].states)
    let dx = layers[0].backward(below.base, input: x.base)

    let states = UnsafeBufferPointer(start: layers[1].states, count: steps * hidden * lanes)
    var found = [
      "output": batchOf(Array(states)[...], batch, steps, hidden),
      "gradients/x": batchOf(dx.array[...], batch, steps, channels),
      "gradients/h0": layers.flatMap { batchOf($0.carry.array[...], batch, 1, hidden) },
    ]
    if cell == .lstm {
      found["gradients/c0"] = layers.flatMap { batchOf($0.carryCell.array[...], batch, 1, hidden) }
    }
    for (l, layer) in layers.enumerated() {
      for (name, values) in layer.gradientsInTheirOrder { found["gradients/\(name)_l\(l)"] = values }
    }
    #expect(found.count == (cell == .gru ? 11 : 12))
    for (name, values) in found {
      let deviation = error(values, try reference.array(name))
      #expect(deviation < Self.tolerance, "\(name)")
    }
  }

  @Test("mixture likelihood and its gradients", arguments: Kernels.available)
  func mixture(kernels: Kernels) throws {
    let reference = try Reference("mixture")
    let shape = try reference.shape("logits")
    let (batch, steps, components) = (shape[0], shape[1], shape[2])
    let parts = ["logits", "means", "log_scales"]
    let block = components * lanes
    let head = Floats(steps * 3 * block)
    for (p, name) in parts.enumerated() {
      let part = lanesOf(try reference.array(name), steps, components)
      for t in 0..<steps {
        for i in 0..<block { head.base[(t * 3 + p) * block + i] = part.base[t * block + i] }
      }
    }
    let target = lanesOf(try reference.array("target"), steps, 1)
    let centre = lanesOf(try reference.array("centre"), steps, 1)
    let weight = lanesOf(try reference.array("weight"), steps, 1)
    let (loss, dhead) = (Floats(lanes), Floats(head.count))
    kernels.table.pointee.mixture_nll(
      components, Int(try reference.number("anchored")), Float(try reference.number("unit")),
      Float(try reference.number("floor")), steps, lanes, head.base, 3 * block, target.base, lanes,
      centre.base, lanes, weight.base, lanes, loss.base, dhead.base)

    let terms = zip(try reference.array("weight"), try reference.array("nll")).map { $0 * $1 }
    let sums = (0..<batch).map { b in terms[b * steps..<(b + 1) * steps].reduce(0, +) }
    #expect(error(Array(loss.array.prefix(batch)), sums) < Self.tolerance)
    for (p, name) in parts.enumerated() {
      let part = (0..<steps).flatMap { t in (0..<block).map { dhead.base[(t * 3 + p) * block + $0] } }
      let deviation = error(
        batchOf(part[...], batch, steps, components), try reference.array("gradients/\(name)"))
      #expect(deviation < Self.tolerance, "\(name)")
    }
  }
}

/// One layer with PyTorch's weights, whose gates are in the order r, z, n of a GRU or i, f, g, o of an LSTM.
private final class ReferenceLayer {
  let carry: Floats
  let carryCell: Floats
  private let cell: Cell
  private let inputs: Int
  private let hidden: Int
  private let steps: Int
  private let table: vc_kernels
  private let packed: Floats
  private let gates: Floats
  private let h: Floats
  private let c: Floats
  private let gradients: [Floats]

  /// Where column `c` of wx (n, r, z) or wh (r, z, n) of a GRU is in PyTorch's order.
  private func theirs(_ c: Int, input: Bool) -> Int {
    cell == .gru && input ? (c + 2 * hidden) % (3 * hidden) : c
  }

  private var columns: Int { cell.columns * hidden }
  private var width: Int { hidden * lanes }

  /// `initial` holds the state and the cell.
  init(
    _ cell: Cell, inputs: Int, hidden: Int, steps: Int, kernels: Kernels, initial: [Floats],
    weights: [[Float]]
  ) {
    self.cell = cell
    (self.inputs, self.hidden, self.steps, table) = (inputs, hidden, steps, kernels.table.pointee)
    packed = Floats(
      cell == .gru ? table.gru_packed_size(inputs, hidden) : table.lstm_packed_size(inputs, hidden))
    gates = Floats(steps * cell.kept * hidden * lanes)
    h = Floats((steps + 1) * hidden * lanes)
    c = Floats((steps + 1) * hidden * lanes)
    carry = Floats(hidden * lanes)
    carryCell = Floats(hidden * lanes)
    gradients = [inputs, hidden, 1, 1].map { Floats($0 * cell.columns * hidden) }
    for i in 0..<width { (h.base[i], c.base[i]) = (initial[0].base[i], initial[1].base[i]) }
    let ours = weights.enumerated().map { index, weight in
      let rows = weight.count / columns
      let natural = Floats(weight.count)
      for i in 0..<rows {
        for c in 0..<columns {
          natural.base[i * columns + c] = weight[theirs(c, input: index % 2 == 0) * rows + i]
        }
      }
      return natural
    }
    let pack = cell == .gru ? table.gru_pack : table.lstm_pack
    // Nothing else keeps the elements of `ours` until the call has read them.
    withExtendedLifetime(ours) {
      pack?(inputs, hidden, ours[0].base, ours[1].base, ours[2].base, ours[3].base, packed.base)
    }
  }

  /// The states after each step.
  var states: UnsafePointer<Float> { UnsafePointer(h.base + width) }

  func forward(_ x: UnsafePointer<Float>) {
    switch cell {
    case .gru:
      table.gru_forward(
        inputs, hidden, steps, lanes, packed.base, x, inputs * lanes, nil, 0, gates.base, 4 * width, h.base,
        width)
    case .lstm:
      table.lstm_forward(
        inputs, hidden, steps, lanes, packed.base, x, inputs * lanes, nil, 0, gates.base, 5 * width, h.base,
        width, c.base, width)
    }
  }

  /// The gradient of the input.
  func backward(_ dy: UnsafePointer<Float>, input x: UnsafePointer<Float>) -> Floats {
    let dx = Floats(steps * inputs * lanes)
    let scratch = Floats(table.gradient_scratch(lanes))
    switch cell {
    case .gru:
      table.gru_backward(
        inputs, hidden, steps, lanes, packed.base, nil, 0, h.base, width, gates.base, dy, width, dx.base,
        inputs * lanes, 0, carry.base)
    case .lstm:
      table.lstm_backward(
        inputs, hidden, steps, lanes, packed.base, nil, 0, c.base, gates.base, dy, width, dx.base,
        inputs * lanes, 0, carry.base, carryCell.base)
    }
    let gradient = cell == .gru ? table.gru_gradient : table.lstm_gradient
    gradient?(
      inputs, hidden, steps, lanes, x, inputs * lanes, h.base, width, gates.base, gradients[0].base,
      gradients[1].base, gradients[2].base, gradients[3].base, scratch.base)
    return dx
  }

  var gradientsInTheirOrder: [String: [Float]] {
    let names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    let pairs = gradients.enumerated().map { index, gradient in
      let rows = gradient.count / columns
      var values = [Float](repeating: 0, count: gradient.count)
      for i in 0..<rows {
        for c in 0..<columns {
          values[theirs(c, input: index % 2 == 0) * rows + i] = gradient.base[i * columns + c]
        }
      }
      return (names[index], values)
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }
}
