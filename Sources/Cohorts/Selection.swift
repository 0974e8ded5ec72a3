extension Cohort {
  /// The patients at `indices`, in that order.
  public func selecting(patients indices: [Int]) -> Cohort {
    var result = self
    result.patients = indices.map { patients[$0] }
    return result
  }

  /// The channels with these names, in that order.
  ///
  /// - Throws: when a name is unknown or occurs twice.
  public func selecting(channels names: [String]) throws(CohortSelectionError) -> Cohort {
    let indices = try Self.places(of: names, in: channels.map(\.name), what: "channel")
    var result = self
    result.channels = indices.map { channels[$0] }
    for p in patients.indices { result.patients[p].series = indices.map { patients[p].series[$0] } }
    return result
  }

  /// The statics and outcomes with these names, in that order.
  ///
  /// - Throws: when a name is unknown or occurs twice.
  public func selecting(covariates names: [String]) throws(CohortSelectionError) -> Cohort {
    let indices = try Self.places(of: names, in: covariates.map(\.name), what: "covariate")
    var result = self
    result.covariates = indices.map { covariates[$0] }
    for p in patients.indices {
      result.patients[p].covariates = indices.map { patients[p].covariates[$0] }
    }
    return result
  }

  /// The channel with this name, or the only one whose name differs from it in upper and lower case alone.
  public func channel(named name: String) -> Channel? {
    if let exact = channels.first(where: { $0.name == name }) { return exact }
    let alike = channels.filter { $0.name.lowercased() == name.lowercased() }
    return alike.count == 1 ? alike[0] : nil
  }

  private static func places(
    of names: [String], in known: [String], what: String
  ) throws(CohortSelectionError) -> [Int] {
    var places: [Int] = []
    for name in names {
      guard let place = known.firstIndex(of: name) else {
        throw .unknown(what: what, name: name, nearest: Spelling.nearest(to: name, in: known), known: known)
      }
      guard !places.contains(place) else { throw .repeated(what: what, name: name) }
      places.append(place)
    }
    return places
  }
}

/// Why channels or covariates cannot be selected.
public enum CohortSelectionError: Error, Equatable, Sendable {
  /// `what` is `channel` or `covariate`.
  case unknown(what: String, name: String, nearest: String?, known: [String])
  case repeated(what: String, name: String)
}

extension CohortSelectionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknown(let what, let name, let nearest, let known):
      guard let nearest else { return "there is no \(what) \(name); the cohort has none" }
      return "there is no \(what) \(name); did you mean \(nearest)? There are: "
        + known.joined(separator: ", ")
    case .repeated(let what, let name):
      return "\(what) \(name) is selected twice; name it once"
    }
  }
}
