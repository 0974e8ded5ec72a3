/// Which columns of a table say whose, when, what and how much.
///
/// The rule: what the user names; else the first column with a name from the lists below, in the order of the lists
/// and whatever its case and separators, of times those first that the file declares as such. Where no name tells
/// whose or when, the levels of the table's index do, from the outermost; a column of dates is the time. A table with
/// items and values is long, any other is wide: its other numbers are channels. A second identifier is the person's
/// where the first is a stay's.
struct TableRoles {
  var patient: TableColumn?
  /// Of the person whose stay ``patient`` is.
  var subject: TableColumn?
  var time: TableColumn?
  var item: TableColumn?
  var value: TableColumn?

  var isLong: Bool { item != nil && value != nil }

  /// The finest identifier first: a stay before an admission before a person.
  static let patientNames = [
    "icustay_id", "stay_id", "stayid", "patientunitstayid", "icu_stay_id", "encounter_id", "encounterid",
    "visit_id", "case_id", "caseid", "case", "record_id", "recordid", "record", "series_id", "patient_id",
    "patientid", "patient", "pat_id", "pid", "subject_id", "subjectid", "subject", "admissionid", "hadm_id",
    "person_id", "unique_id", "uid", "exam_id", "examid", "ecg_id", "study_id", "recording_id", "session_id",
    "id",
    "ids",
  ]
  /// Identifiers of persons, and of a hospital's admissions where nothing names the person.
  static let subjectNames = [
    "subject_id", "subjectid", "subject", "uniquepid", "person_id", "personid", "person", "patient_id",
    "patientid",
    "patient", "pat_id", "patid", "pid", "mrn", "participant_id", "participant", "uid", "unique_id",
    "patienthealthsystemstayid", "hadm_id", "admissionid",
  ]
  /// Identifiers of stays, the finest first.
  static let stayNames = [
    "icustay_id", "stay_id", "stayid", "patientunitstayid", "icu_stay_id", "encounter_id", "encounterid",
    "visit_id", "episode_id", "episode", "admissionid", "hadm_id", "stay", "visit", "encounter", "admission",
  ]
  static let timeNames = [
    "time", "hours_in", "hours", "hour", "charttime", "datetime", "timestamp", "time_since_admission",
    "minutes",
    "minute", "time_h", "time_hours", "time_min", "time_minutes", "time_s", "time_seconds", "time_ms",
    "offset",
    "observationoffset", "labresultoffset", "nursingchartoffset", "measuredat", "t", "times", "starttime",
    "date_time", "date", "seconds", "relative_time", "rel_time", "step", "timestep", "iculos", "obs_time",
    "observation_time", "recorded_time", "recordtime", "recorded_at", "event_time", "measurement_time",
    "measurement_datetime", "chart_time", "time_stamp", "ts", "zeit", "zeitpunkt", "datum", "uhrzeit", "hora",
    "fecha",
    "heure", "tijd", "time_of_day", "clock",
  ]
  static let itemNames = [
    "channel", "item", "itemid", "item_id", "variable", "variable_id", "variableid", "parameter", "param",
    "label", "signal", "vital", "vital_sign", "measurement", "measurement_name", "concept", "concept_id",
    "code", "feature", "name", "labname", "channel_id", "varname", "var", "type", "linksto", "key",
  ]
  static let valueNames = [
    "value", "valuenum", "value_num", "val", "numeric_value", "value_as_number", "measurement_value",
    "reading",
    "result", "labresult", "number", "values", "measured_value",
  ]
  /// Other identifiers and administrative columns, which are no channels of a wide table.
  static let otherNames: Set<String> = [
    "index", "level_0", "row_id", "seq_num", "hadm_id", "subject_id", "storetime", "flag", "cgid", "uom",
    "valueuom", "unit", "units", "error", "warning", "level_1", "rowid",
  ]

  init(of table: Table, in source: CohortSource) throws {
    let options = source.options.columns
    func find(_ name: String?, _ option: String, _ names: [String], _ taken: [TableColumn?]) throws
      -> TableColumn?
    {
      if let name { return try table.column(named: name, option: option, in: source) }
      let free = table.columns.filter { column in !taken.contains { $0?.path == column.path } }
      for name in names {
        let key = Self.key(name)
        if let found = free.first(where: { Self.key($0.name) == key }) { return found }
      }
      return nil
    }
    patient = try find(options.patient, "--patient-id", Self.patientNames, [])
    if options.time == nil {
      let told = table.columns.filter { $0.isTime && $0.path != patient?.path }
      let names = Self.timeNames.map(Self.key)
      time = names.lazy.compactMap { name in told.first { Self.key($0.name) == name } }.first
      time = try time ?? find(nil, "--time", Self.timeNames, [patient]) ?? told.first
    } else {
      time = try find(options.time, "--time", [], [patient])
    }
    try useIndex(of: table)
    if time == nil { time = try Self.dates(in: table, besides: patient) }
    let texts = table.columns.filter { $0.kind == .text }
    value = try find(
      options.value, "--value", Self.valueNames, [patient, time] + (options.value == nil ? texts : []))
    if value == nil, options.value == nil {
      value = try find(nil, "--value", Self.valueNames, [patient, time]).flatMap {
        try Self.numbers(in: $0, rows: table.rows, least: 0.05)
      }
    } else if let text = value, text.kind == .text {
      value = try Self.numbers(in: text, rows: table.rows, least: 0)
    }
    item = try find(options.item, "--item", Self.itemNames, [patient, time, value])
    if item != nil, value == nil, options.value == nil { item = nil }
    if item == nil, value != nil, options.value == nil, options.item == nil { value = nil }
    if !isLong, options.item == nil, options.value == nil { try findLong(table) }
    if let name = options.subject {
      subject = try table.column(named: name, option: "--subject", in: source)
    } else if let patient {
      let names = Self.subjectNames.map(Self.key)
      let taken = [patient.path, time?.path, item?.path, value?.path]
      subject =
        names.contains(Self.key(patient.name))
          && !Self.stayNames.map(Self.key).contains(Self.key(patient.name))
        ? nil
        : names.lazy.compactMap { name in
          table.columns.first { Self.key($0.name) == name && !taken.contains($0.path) }
        }.first
    }
  }

  /// A column of texts as the numbers they spell, `NaN` for any other text; `nil` where fewer than `least` of those
  /// that say something do.
  static func numbers(in column: TableColumn, rows: Int, least: Double = 0.5) throws -> TableColumn? {
    let texts = try column.texts(0..<rows)
    let filled = texts.count { !NumberText.isMissing($0) }
    let spelled = texts.count { NumberText.value($0) != nil }
    guard spelled > 0, Double(spelled) >= least * Double(filled) else { return nil }
    var unread = UnreadTexts()
    for text in texts where !NumberText.isMissing(text) && NumberText.value(text) == nil { unread.add(text) }
    var numbers = column
    numbers.kind = .float
    numbers.unread = unread
    numbers.numbers = { try column.texts($0).map { NumberText.value($0) ?? .nan } }
    return numbers
  }

  /// The first column of texts that are all dates, with marks between their parts.
  private static func dates(in table: Table, besides patient: TableColumn?) throws -> TableColumn? {
    try table.columns.first { column in
      guard column.kind == .text, column.path != patient?.path, !isRole(column.name) else { return false }
      let name = key(column.name)
      guard !["birth", "dob", "death", "geb", "admit", "discharge"].contains(where: name.contains) else {
        return false
      }
      let texts = try column.texts(0..<min(table.rows, 1000)).filter { !$0.isEmpty }
      guard texts.count > 1, texts.contains(where: { $0.contains { !$0.isNumber } }) else { return false }
      return DateStyle(texts).map { $0.kind != .durations } ?? false
    }
  }

  /// The time of a long table that no name tells: a column of numbers that never falls within a patient's rows of one
  /// item, rises somewhere, and has the same values for several items.
  static func risingColumn(of table: Table, _ roles: TableRoles) throws -> TableColumn? {
    guard let item = roles.item else { return nil }
    let taken = [roles.patient?.path, roles.subject?.path, roles.item?.path, roles.value?.path]
    let (who, what) = (
      try roles.patient?.words(0..<table.rows) ?? Array(repeating: "", count: table.rows),
      try item.words(0..<table.rows)
    )
    return try table.columns.first { column in
      guard column.kind != .text, column.labels.isEmpty, !taken.contains(column.path), !column.isIndex,
        !otherNames.contains(column.name.lowercased())
      else { return false }
      let numbers = try column.numbers(0..<table.rows)
      guard numbers.allSatisfy(\.isFinite) else { return false }
      var last: [String: Double] = [:]
      var items: [String: Set<String>] = [:]
      var rises = false
      for row in numbers.indices {
        let key = who[row] + "\u{0}" + what[row]
        if let before = last[key] {
          guard numbers[row] > before else { return false }
          rises = true
        }
        last[key] = numbers[row]
        items["\(who[row])\u{0}\(numbers[row])", default: []].insert(what[row])
      }
      return rises && items.values.contains { $0.count > 1 }
    }
  }

  /// Whose and when by the table's index, where no name tells: of two levels the first is the patient and the other
  /// the time; a single one is the patient where it has a name and repeats.
  private mutating func useIndex(of table: Table) throws {
    let levels = table.index.compactMap { path in table.columns.first { $0.path == path } }
    let free = levels.filter { $0.path != patient?.path && $0.path != time?.path }
    if patient == nil, let first = free.first, !first.isTime {
      let distinct = Set(try first.words(0..<table.rows)).count
      let repeats = distinct > 1 && distinct < table.rows
      if levels.count == 2 || levels.count == 1 && repeats && !first.isIndex { patient = first }
    }
    guard time == nil, levels.count == 2, patient?.path == levels[0].path, levels[1].kind != .text else {
      return
    }
    time = levels[1]
  }

  /// A name without what writers do differently: case and separators.
  static func key(_ name: String) -> String { name.lowercased().filter { !"_-. ".contains($0) } }

  /// A long table by its structure: one column of names and one of numbers are left, and patients have several
  /// rows at one time.
  private mutating func findLong(_ table: Table) throws {
    guard let patient, let time else { return }
    let rest = table.columns.filter { column in
      column.path != patient.path && column.path != time.path && !column.isIndex && !Self.isRole(column.name)
        && !Surroundings.isStaticName(column.name.lowercased())
    }
    let names = rest.filter { $0.kind == .text || !$0.labels.isEmpty }
    let numbers = rest.filter { $0.kind != .text && $0.labels.isEmpty }
    guard names.count == 1, numbers.count == 1 else { return }
    let (who, when) = (try patient.words(0..<table.rows), try time.words(0..<table.rows))
    let distinct = Set(zip(who, when).map { "\($0)|\($1)" }).count
    guard distinct * 10 < table.rows * 9 else { return }
    item = names[0]
    value = numbers[0]
  }

  /// Whether a column identifies stays or persons without being ``patient`` or ``subject``.
  func isOtherIdentifier(_ column: TableColumn) -> Bool {
    let name = Self.key(column.name)
    return (Self.patientNames + Self.stayNames).contains { Self.key($0) == name }
      && ![patient?.path, subject?.path, item?.path, value?.path, time?.path].contains(column.path)
  }

  /// Names of columns that may hold whose row it is, for messages.
  static func isRole(_ name: String) -> Bool {
    roles.contains(key(name))
  }

  /// Whether a name is one of identifiers of persons or stays.
  static func isIdentifier(_ name: String) -> Bool { identifiers.contains(key(name)) }

  private static let identifiers = Set((patientNames + subjectNames + stayNames).map(key))

  /// Whether a dataset or column of this name holds times.
  static func isTime(_ name: String) -> Bool { times.contains(key(name)) }

  private static let times = Set((timeNames + Surroundings.timeNames).map(key))
  private static let roles = Set((patientNames + subjectNames + stayNames + timeNames + otherNames).map(key))
}
