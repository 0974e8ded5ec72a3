import Tensors

/// The kind of a recurrent layer.
public enum Cell: String, Sendable, Codable, CaseIterable {
  /// Gated recurrent unit (Cho et al., 2014, arXiv:1406.1078), the reset gate after the product:
  ///
  ///     r = σ(x·Wr + h·Ur + br + cr)           reset       [B, H]
  ///     z = σ(x·Wz + h·Uz + bz + cz)           update      [B, H]
  ///     n = tanh(x·Wn + bn + r ⊙ (h·Un + cn))  candidate   [B, H]
  ///     h' = (1 − z) ⊙ n + z ⊙ h               state       [B, H]
  case gru
  /// Long short-term memory (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000):
  ///
  ///     i, f, o = σ(x·W + h·U + b + c)         gates       [B, H]
  ///     g = tanh(x·Wg + h·Ug + bg + cg)        candidate   [B, H]
  ///     c' = f ⊙ c + i ⊙ g                     cell        [B, H]
  ///     h' = o ⊙ tanh(c')                      state       [B, H]
  case lstm

  /// Columns of the weights per hidden unit.
  public var gates: Int { self == .gru ? 3 : 4 }
  /// Numbers that backward needs of a step, per hidden unit.
  var kept: Int { self == .gru ? 4 : 5 }
  /// Numbers that a state has, per hidden unit: a cell goes beside the LSTM's.
  public var stateSize: Int { self == .gru ? 1 : 2 }
}
