import HDF5

extension CohortSource {
  /// A remark about an unknown rate, unless the user states it; with the attributes that may mean one.
  func rateRemark(_ remark: String) -> [String] {
    guard options.samplingRate == nil else { return [] }
    let places = (groups.prefix(64).map(\.path) + datasetsInScope.prefix(64).map(\.path))
    let doubtful = places.flatMap { place in
      ((try? doubtfulRates(at: place)) ?? []).map { "\($0) of \(place)" }
    }
    guard !doubtful.isEmpty else { return [remark] }
    return [
      "\(remark) (attribute \(doubtful.prefix(3).joined(separator: ", ")) is not known to be one of samples)"
    ]
  }

  /// The axes of a dataset: as the user says, as the file says, or as the known counts imply.
  func axes(of data: DatasetInfo, counts: [AxisRole: Int?], remarks: inout [String]) throws -> ArrayAxes {
    if let letters = options.axes {
      guard let axes = ArrayAxes(letters: letters, rank: data.shape.count) else {
        throw CohortFileError.badOption(
          file: name, option: "--axes \(letters)",
          problem: "should name each of the \(data.shape.count) axes of \(data.path) by one of N, T and C")
      }
      return axes
    }
    if let names = try dimensionNames(of: data), let axes = ArrayAxes(names: names) { return axes }
    let known = counts.compactMapValues { $0 }
    let fits = ArrayAxes.fitting(shape: data.shape, counts: known)
    let usual: [AxisRole] = data.shape.count == 3 ? [.patient, .time, .channel] : [.time, .channel]
    if let program = try columnMajorProgram(of: data) {
      let order = reversed(data.shape, fits, known, usual: usual)
      remarks.append(
        "\(program) reverses dimensions on disk: \(data.path) \(data.shape) is taken to have the axes "
          + "\(order.words); --axes says otherwise")
      return order
    }
    let taken = "\(data.path) \(data.shape) is taken to have the axes "
    // contradictory counts are reported where the names, identifiers or times are read
    guard let first = fits.first, first.roles != usual else {
      if known[.channel] == nil {
        if data.shape.count == 2 {
          if data.shape[0] == 1, data.shape[1] > 64, known[.time] == nil {
            remarks.append(taken + "channel, time; --axes says otherwise")
            return ArrayAxes(roles: [.channel, .time])
          }
          try requireFewChannels(data, axis: 1)
        }
        if data.shape.count == 3, data.shape[2] > 64, data.shape[2] > 4 * data.shape[1] {
          throw CohortFileError.unusable(
            file: name, path: "\(data.path) \(data.shape)", problem: "would have \(data.shape[2]) channels",
            remedy: "say which axis is which with --axes, such as --axes NCT")
        }
        remarks.append(taken + "\(ArrayAxes(roles: usual).words); --axes says otherwise")
      }
      return ArrayAxes(roles: usual)
    }
    guard fits.count == 1 else {
      throw CohortFileError.unusable(
        file: name, path: "\(data.path) \(data.shape)",
        problem: "could have the axes \(fits.map(\.letters).joined(separator: " or "))",
        remedy: "say which with --axes")
    }
    remarks.append(taken + "\(first.words), as the counts of names and identifiers imply")
    return first
  }

  /// Checks that the channels of a matrix without names are not its samples.
  ///
  /// - Parameter canBeWindows: whether `--axes NT` is a choice.
  func requireFewChannels(_ data: DatasetInfo, axis: Int, canBeWindows: Bool = true) throws {
    guard data.shape.count == 2 else { return }
    let (channels, others) = (data.shape[axis], data.shape[1 - axis])
    guard channels > 64, channels > 4 * others, options.channels?.count != channels else { return }
    let windows =
      axis == 1
      ? "NT reads each row as a window of one channel, " : "TN reads each column as a window of one channel, "
    throw CohortFileError.unusable(
      file: name, path: "\(data.path) \(data.shape)", problem: "would have \(channels) channels",
      remedy:
        "say which axis is which with --axes: \(canBeWindows ? windows : "")CT and TC read time steps and channels"
    )
  }

  /// The dimension scales of a dataset that hold coordinates, by what their axis stands for.
  func scales(of data: DatasetInfo) throws -> [AxisRole: DatasetInfo] {
    guard try attribute(of: data.path, ["dimension_list"]) != nil else { return [:] }
    var found: [AxisRole: DatasetInfo] = [:]
    for axis in try file.dataset(data.path).axes() {
      guard let path = axis.scales.first, let scale = info(path), try !isBare(scale) else { continue }
      let name = axis.label ?? scale.name
      if let role = AxisRole(name: name) ?? AxisRole(name: scale.name) { found[role] = found[role] ?? scale }
    }
    return found
  }

  /// The dimension scales of a dataset that hold no coordinates.
  func bareScales(of data: DatasetInfo) throws -> Set<String> {
    guard try hasAttribute(data.path, ["dimension_list"]) else { return [] }
    let paths = try file.dataset(data.path).axes().compactMap(\.scales.first)
    return Set(try paths.filter { path in try info(path).map { try isBare($0) } ?? false })
  }

  /// The program that wrote a dataset with its dimensions reversed: MATLAB or R.
  func columnMajorProgram(of data: DatasetInfo) throws -> String? {
    if try attribute(of: data.path, ["matlab_class"]) != nil { return "MATLAB" }
    return try attribute(of: data.path, ["rhdf5-na.ok"]) != nil ? "R" : nil
  }

  /// The order of reversed axes: what the counts leave, time the longer axis where they leave several and know
  /// who is a patient; else the reverse of the usual order, or time the longer of two.
  private func reversed(
    _ shape: [Int], _ fits: [ArrayAxes], _ known: [AxisRole: Int], usual: [AxisRole]
  ) -> ArrayAxes {
    if fits.count == 1 { return fits[0] }
    func isLong(_ axes: ArrayAxes) -> Bool {
      guard let t = axes.index(of: .time), let c = axes.index(of: .channel) else { return false }
      return shape[t] >= shape[c]
    }
    if known[.patient] != nil || shape.count == 2, let long = fits.first(where: isLong) { return long }
    return ArrayAxes(roles: usual.reversed())
  }

  /// The names of a dataset's dimensions: an attribute such as `dims`, HDF5 labels, or dimension scales.
  private func dimensionNames(of data: DatasetInfo) throws -> [String]? {
    if let (_, value) = try attribute(of: data.path, ["dims", "dimensions", "axes", "dimension_labels"]),
      let texts = value.texts
    {
      let names = texts.count == 1 ? NameList.split(texts[0]) : texts
      if names.count == data.shape.count { return names }
    }
    let axes = try file.dataset(data.path).axes()
    let names = axes.compactMap { $0.label ?? $0.scales.first?.split(separator: "/").last.map(String.init) }
    return names.count == data.shape.count ? names : nil
  }
}
