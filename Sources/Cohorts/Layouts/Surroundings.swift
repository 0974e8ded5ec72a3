/// Names and where they come from.
struct ChannelNames {
  var list: [String]
  var path: String
  var isInvented = false
}

/// What a file says about a dataset of values: in its attributes, in datasets beside it, and the same in each
/// group above it, the nearest first.
struct Surroundings {
  static let nameKeys = [
    "channels", "channel", "channel_names", "columns", "column_names", "feature_names", "features", "feature",
    "variables", "variable_names", "vars", "signals", "signal_names", "signal_name", "sig_name", "sig_names",
    "chan", "chans", "names", "ch_names", "channel_labels", "channelnames", "featurenames", "columnnames",
    "colnames",
    "tracks",
    "track_names", "leads", "lead_names", "parameter_names", "vitals", "vital_names",
  ]
  static let unitKeys = ["units", "unit", "channel_units", "units_list", "uom"]
  /// The names of datasets with identifiers.
  static let idNames = TableRoles.patientNames.flatMap { [$0, $0 + "s"] }
  static let timeNames = [
    "time", "times", "timestamp", "timestamps", "time_axis", "t", "hours", "hour", "charttime", "datetime",
  ]
  /// Groups that describe the data beside them.
  private static let descriptions = [
    "metadata", "meta", "info", "header", "attributes", "params", "parameters",
  ]

  private static let lengthNames = ["lengths", "length", "seq_len", "seq_lengths", "sequence_lengths"]
  private static let collections = [
    "static", "statics", "static_features", "demographics", "covariates", "outcome", "outcomes", "labels",
    "targets",
  ]
  /// Datasets beside the values that are statics by their name.
  private static let staticNames = [
    "age", "sex", "gender", "weight", "height", "bmi", "ethnicity", "died", "death", "mortality", "y",
    "label",
    "outcome", "los", "in_hospital_death",
  ]
  static let outcomeWords = [
    "died", "death", "mortality", "y", "label", "outcome", "los", "in_hospital_death",
  ]

  /// Whether a column of this name is known only at the end of a stay.
  static func isOutcome(_ name: String) -> Bool {
    let key = name.lowercased()
    return outcomeWords.contains(key)
      || ["mort_", "mortality", "los_", "expire", "died", "death", "discharge", "survival", "outcome"]
        .contains {
          key.contains($0)
        }
  }

  /// Every name that is something other than values.
  static let known = Set(nameKeys + unitKeys + idNames + timeNames + lengthNames + staticNames + ["offsets"])

  /// Whether a column of this name, in lower case, describes a patient as a whole.
  static func isStaticName(_ name: String) -> Bool { staticNames.contains(name) }

  /// Whether a group holds statics or outcomes.
  static func isCollection(_ path: String) -> Bool {
    path.split(separator: "/").contains { collections.contains($0.lowercased()) }
  }

  static let noRate =
    "the file states no sampling rate; one sample is one time step, --rate sets samples a second"
  static func noTimeUnit(_ path: String) -> String {
    "\(path) has no unit; one sample is one time step, --rate sets samples a second"
  }

  let data: DatasetInfo
  let source: CohortSource
  /// The coordinates of the axes, where the data have dimension scales.
  private let scales: [AxisRole: DatasetInfo]
  /// The scales of the data's axes that are an extent only, whatever they are called.
  private let bareScales: Set<String>

  init(of data: DatasetInfo, in source: CohortSource) throws {
    self.data = data
    self.source = source
    scales = try source.scales(of: data)
    bareScales = try source.bareScales(of: data)
  }

  /// Identifiers, one per patient.
  var ids: DatasetInfo? { ids { !Self.recordNames.contains($0.name.lowercased()) } }

  /// Names of identifiers that may be of something else: they count where there is one per patient.
  private static let recordNames = Set(
    ["exam_id", "examid", "ecg_id", "study_id", "recording_id", "session_id"].flatMap { [$0, $0 + "s"] })

  /// Identifiers of `count` patients; where there are none, any.
  func ids(of count: Int) -> DatasetInfo? { ids { $0.shape == [count] } ?? ids }

  private func ids(where fits: (DatasetInfo) -> Bool) -> DatasetInfo? {
    if let scale = scales[.patient], scale.kind == .text || scale.kind == .integer { return scale }
    return source.sibling(of: data, named: Self.idNames, asColumns: true) {
      $0.shape.count == 1 && ($0.kind == .text || $0.isNumeric) && $0.path != data.path
        && !bareScales.contains($0.path) && fits($0)
    }
  }

  /// Times, one per row or one row per patient; numbers, or dates as texts.
  var time: DatasetInfo? {
    if let scale = scales[.time], scale.isNumeric { return scale }
    return source.sibling(of: data, named: Self.timeNames, asColumns: true) {
      ($0.isNumeric && !$0.shape.isEmpty || $0.kind == .text && $0.shape.count == 1) && $0.path != data.path
        && !bareScales.contains($0.path)
    }
  }

  /// Where names may stand: attributes of the dataset, datasets beside it, then the same for each group above.
  func channelNames(_ remarks: inout [String]) throws -> ChannelNames? {
    if let list = try list(Self.nameKeys, at: data.path, &remarks) { return list }
    if let scale = scales[.channel], scale.kind == .text {
      return ChannelNames(list: try source.texts(scale), path: scale.path)
    }
    for group in source.ancestors(of: data.path) {
      for key in Self.nameKeys {
        guard let info = source.info(source.join(group, key)), let texts = try source.textList(info) else {
          continue
        }
        return ChannelNames(list: texts, path: info.path)
      }
      if let list = try list(Self.nameKeys, at: group, &remarks) { return list }
      // labels may be of patients as well; the dictionary of signs tells
      for key in ["labels", "label", "legend"] {
        guard let info = source.info(source.join(group, key)), let texts = try source.textList(info),
          data.shape.contains(texts.count),
          texts.contains(where: { VitalSign.recognise(Channel(name: $0)) != nil })
        else { continue }
        source.use(info.path)
        return ChannelNames(list: texts, path: info.path)
      }
    }
    return nil
  }

  private func list(_ keys: [String], at path: String, _ remarks: inout [String]) throws -> ChannelNames? {
    guard let (key, value) = try source.attribute(of: path, keys) else { return nil }
    guard let texts = value.texts else {
      remarks.append("attribute \(key) of \(path) holds no text and is not used")
      return nil
    }
    return ChannelNames(list: texts.count == 1 ? NameList.split(texts[0]) : texts, path: "\(path)@\(key)")
  }

  func channels(
    names: ChannelNames?, count: Int, samplingRate: Double?, _ remarks: inout [String]
  ) throws -> [Channel] {
    let list: [String]
    if let names {
      guard names.list.count == count else {
        throw CohortFileError.wrongShape(
          file: source.name, path: names.path, expected: "one name per channel of \(data.path) (\(count))",
          found: [names.list.count])
      }
      var seen = Set<String>()
      for name in names.list where !seen.insert(name).inserted {
        throw CohortFileError.unusable(
          file: source.name, path: names.path, problem: "names \(name) twice",
          remedy: "each channel needs its own name")
      }
      list = names.list
    } else if let chosen = source.options.channels, chosen.count == count {
      list = chosen
    } else {
      list = Self.invented(count)
      if let chosen = source.options.channels, !chosen.allSatisfy(list.contains) {
        throw CohortFileError.badOption(
          file: source.name, option: "--channels \(chosen.joined(separator: ","))",
          problem: "names \(chosen.count) channels, but \(data.path) has \(count) and no names of its own")
      }
      remarks.append(
        "\(data.path) has no channel names; they are called "
          + list.prefix(2).joined(separator: ", ") + (count > 2 ? "…, " : ", ")
          + "--channels A,B,… names them")
    }
    let units = try units(count: count, &remarks)
    return zip(list, units).map { Channel(name: $0, unit: $1, samplingRate: samplingRate) }
  }

  /// `ch0`, `ch1`…
  private static func invented(_ count: Int) -> [String] { (0..<count).map { "ch\($0)" } }

  static func areInvented(_ names: [String]) -> Bool { names == invented(names.count) }

  /// Units of `count` channels; `nil` where the file lists none.
  func unitTexts(count: Int) throws -> [String?]? {
    var remarks: [String] = []
    let units = try units(count: count, &remarks)
    return units.contains { $0 != nil } ? units : nil
  }

  private func units(count: Int, _ remarks: inout [String]) throws -> [String?] {
    var found = try list(Self.unitKeys, at: data.path, &remarks)
    for group in source.ancestors(of: data.path) where found == nil {
      for key in Self.unitKeys where found == nil {
        if let info = source.info(source.join(group, key)), let texts = try source.textList(info) {
          found = ChannelNames(list: texts, path: info.path)
        }
      }
      if found == nil { found = try list(Self.unitKeys, at: group, &remarks) }
    }
    guard let found else { return Array(repeating: nil, count: count) }
    if found.list.count == 1, count > 1 { return Array(repeating: found.list[0].nonEmpty, count: count) }
    guard found.list.count == count else {
      throw CohortFileError.wrongShape(
        file: source.name, path: found.path, expected: "one unit per channel of \(data.path) (\(count))",
        found: [found.list.count])
    }
    return found.list.map(\.nonEmpty)
  }

  /// The rate in an attribute of the dataset or of a group above it, or in a dataset of one number beside it or in a
  /// group that describes it; one that names the signal before one for all.
  func statedRate() throws -> Double? {
    for place in [data.path] + source.ancestors(of: data.path) {
      if let rate = try source.rate(statedAt: place, for: data.path) { return rate }
      for name in Self.descriptions {
        let group = source.join(place, name)
        guard source.group(group) != nil else { continue }
        if let rate = try source.rate(statedAt: group, for: data.path) { return rate }
      }
    }
    return nil
  }

  struct Clock {
    var samplingRate: Double?
    var start = 0.0
    var placement: TimeAxis.Placement?
  }

  /// The clock of rows that all patients share.
  ///
  /// - Parameter known: the dataset of times, where the dimensions of the data name it.
  func sharedClock(
    steps: Int, time known: DatasetInfo? = nil, _ remarks: inout [String]
  ) throws -> Clock {
    let time = known ?? self.time
    if let time, time.shape.count == 2, time.shape[1] == steps, let clock = try commonClock(of: time) {
      return clock
    }
    guard let info = time, info.shape.count == 1 else {
      if let info = time {
        remarks.append("\(info.path) \(info.shape) is not used: times should be [\(steps)]")
      }
      let rate = try statedRate()
      if rate == nil { remarks += source.rateRemark(Self.noRate) }
      return Clock(samplingRate: rate)
    }
    guard info.shape == [steps] else {
      throw CohortFileError.wrongShape(
        file: source.name, path: info.path, expected: "one time per row of \(data.path) (\(steps))",
        found: info.shape)
    }
    let times = try NumberColumn(info, in: source).read()
    let (unit, isAbsolute) = try source.timeScale(of: info, times)
    let axis = try TimeAxis(
      patients: 1, unit: unit, isFloat32: info.isFloat32,
      isAbsolute: isAbsolute, rate: source.options.samplingRate, file: source.name,
      path: { _ in info.path }, times: { _ in times })
    let placement = try axis.place(times, path: info.path, patient: nil)
    if let remark = axis.remark {
      remarks.append(remark)
    } else if let samples = placement.places.map({ _ in placement.samples }) {
      remarks.append("\(info.path) has gaps: \(samples - steps) missing rows are put in")
    }
    let rate = try axis.samplingRate ?? statedRate()
    if rate == nil { remarks += source.rateRemark(Self.noTimeUnit(info.path)) }
    return Clock(
      samplingRate: rate, start: placement.start, placement: placement.places == nil ? nil : placement)
  }

  /// The clock of times `[N, T]` that are the same for all patients, or the same from each one's first; `nil` where
  /// they are not, or where nothing tells their unit.
  private func commonClock(of time: DatasetInfo) throws -> Clock? {
    guard let unit = try source.timeUnit(of: time), time.shape[1] > 1 else { return nil }
    let decoding = try source.decoding(of: time)
    let times = try source.file.dataset(time.path).read(Double.self).map(decoding.apply)
    let steps = time.shape[1]
    let step = times[1] - times[0]
    let isCommon = times.indices.allSatisfy { place in
      abs(times[place] - times[place - place % steps] - step * Double(place % steps)) <= 1e-6 * abs(step)
    }
    return isCommon && step > 0 ? Clock(samplingRate: TimeAxis.rate(ofStep: step * unit)) : nil
  }

  /// Time steps of each patient, where a dataset beside the values says that they differ.
  func lengths(count: Int, most: Int) throws -> [Int]? {
    let found = source.sibling(of: data, named: Self.lengthNames, asColumns: true) {
      $0.shape == [count] && $0.kind == .integer
    }
    guard let info = found else { return nil }
    let lengths = try source.integers(info)
    if let bad = lengths.first(where: { $0 < 0 || $0 > most }) {
      throw CohortFileError.unusable(
        file: source.name, path: info.path, problem: "has a length of \(bad)",
        remedy: "lengths must be from 0 to the \(most) steps of \(data.path)")
    }
    return lengths
  }

  /// Whose the patients of a file are.
  struct Identities {
    var ids: [String]
    /// The person of each stay; `nil` where the file names none.
    var subjects: [String?]?
  }

  /// - Parameter names: identifiers from elsewhere, one per patient.
  func identities(count: Int, names: [String]? = nil, _ remarks: inout [String]) throws -> Identities {
    let subject = try subjects(count: count)
    if let names { return Self.told(apart: names, subject, in: "the file", &remarks) }
    guard let info = ids(of: count) else { return Identities(ids: Self.numbered(count), subjects: subject) }
    guard info.shape == [count] else {
      throw CohortFileError.wrongShape(
        file: source.name, path: info.path, expected: "one identifier per patient of \(data.path) (\(count))",
        found: info.shape)
    }
    let others = subject == nil || info.path == subjectInfo(count: count)?.path ? nil : subject
    return Self.told(apart: try source.texts(info), others, in: info.path, &remarks)
  }

  /// Identifiers of windows, numbered where a patient has several, who is then the person of each.
  private static func told(
    apart ids: [String], _ subjects: [String?]?, in place: String, _ remarks: inout [String]
  ) -> Identities {
    let distinct = Set(ids).count
    guard distinct < ids.count else { return Identities(ids: ids, subjects: subjects) }
    remarks.append(
      "\(place) names \(distinct) patients for \(ids.count) windows; each window counts as a stay of its patient"
    )
    var uses: [String: Int] = [:]
    let numbered = ids.map { id in
      uses[id, default: 0] += 1
      return "\(id)/\(uses[id] ?? 0)"
    }
    return Identities(ids: numbered, subjects: subjects ?? ids.map(Optional.some))
  }

  /// The person of each of `count` stays, in a dataset that the user or its name tells.
  private func subjects(count: Int) throws -> [String?]? {
    if let name = source.options.columns.subject {
      let full = "/" + name.split(separator: "/").joined(separator: "/")
      let found =
        source.info(full)?.asColumn
        ?? source.sibling(of: data, named: [name.lowercased()], asColumns: true) { $0.shape.count == 1 }
      guard let found else {
        throw CohortFileError.missing(
          file: source.name, path: "dataset \(name) (--subject)", nearest: source.order)
      }
      guard found.shape == [count] else {
        throw CohortFileError.wrongShape(
          file: source.name, path: found.path, expected: "one person per stay of \(data.path) (\(count))",
          found: found.shape)
      }
      return try source.texts(found).map { $0.isEmpty ? nil : $0 }
    }
    guard let info = subjectInfo(count: count), info.path != ids(of: count)?.path else { return nil }
    return try source.texts(info).map { $0.isEmpty ? nil : $0 }
  }

  private func subjectInfo(count: Int) -> DatasetInfo? {
    let names = TableRoles.subjectNames.flatMap { [$0, $0 + "s"] }
    return source.sibling(of: data, named: names, asColumns: true) {
      $0.shape == [count] && ($0.kind == .text || $0.isNumeric) && $0.path != data.path
    }
  }

  /// The first of `infos` with the name of a person's identifier.
  static func subject(among infos: [DatasetInfo], besides id: String?) -> DatasetInfo? {
    TableRoles.subjectNames.lazy.compactMap { name in
      infos.first { TableRoles.key($0.name) == TableRoles.key(name) && $0.path != id }
    }.first
  }

  /// Statics, outcomes and persons of stays.
  func facts(stays: Int, rows: Int? = nil, _ remarks: inout [String]) throws -> StayFacts {
    StayFacts(
      columns: try covariates(patients: stays, rows: rows, &remarks),
      subjects: stays == rows ? nil : try subjects(count: stays))
  }

  /// `p0001`, `p0002`…
  static func numbered(_ count: Int) -> [String] {
    let width = max(4, String(count).count)
    return (0..<count).map {
      "p" + String(repeating: "0", count: width - String($0 + 1).count) + String($0 + 1)
    }
  }

  /// Statics and outcomes: datasets with one value per patient in groups such as `static` or `outcome`, and
  /// those beside the values with a telling name.
  func covariates(patients: Int, rows: Int? = nil, _ remarks: inout [String]) throws -> [CovariateColumn] {
    var columns: [CovariateColumn] = []
    func take(_ info: DatasetInfo, role: Covariate.Role) throws {
      guard info.shape == [patients] else {
        let why =
          rows.map { info.shape == [$0] } ?? false
          ? "has one value per row, not per patient" : "is \(info.shape)"
        remarks.append("\(info.path) \(why) and is not read")
        return
      }
      guard info.kind == .text || info.isNumeric else {
        remarks.append("\(info.path) holds no numbers or text and is not read")
        return
      }
      let column = try source.covariateColumn(info, role: role)
      if let column, !columns.contains(where: { $0.covariate.name == column.covariate.name }) {
        columns.append(column)
      } else {
        remarks.append("\(info.path) tells patients apart rather than describing them and is not read")
      }
    }
    for group in source.ancestors(of: data.path) {
      for name in Self.collections {
        guard let found = source.group(source.join(group, name)) else { continue }
        let role: Covariate.Role =
          ["outcome", "outcomes", "labels", "targets"].contains(name) ? .outcome : .static
        for path in found.datasets { if let info = source.info(path) { try take(info, role: role) } }
      }
      for name in Self.staticNames {
        guard let info = source.info(source.join(group, name)), info.shape == [patients] else { continue }
        try take(info, role: Self.outcomeWords.contains(name) ? .outcome : .static)
      }
    }
    return columns
  }
}

extension String {
  fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
