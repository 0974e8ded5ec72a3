import Foundation
import HDF5
import Testing

@testable import Cohorts

@Suite("Containers of other programs, awkward and broken")
struct ContainerLayoutTests {
  private static let folder = LayoutCase.folder.appending(path: "layouts")

  private static func fixtures() throws -> [String] {
    let words = ["vaex_", "nwb_", "snirf_", "ehrdata_", "opensignals_", "tdms_", "lsl_", "octave_"]
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
      words.contains { name.hasPrefix($0) }
    }.sorted()
  }

  @Test("cut anywhere, each is refused in a sentence that names the file", arguments: try fixtures())
  func refusesTruncated(name: String) throws {
    let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
    for part in 1..<8 {
      let cut = Array(bytes.prefix(bytes.count * part / 8))
      do {
        _ = try CohortFile.read(bytes: cut, name: name)
        Issue.record("\(name) reads with \(cut.count) of \(bytes.count) bytes")
      } catch {
        #expect("\(error)".hasPrefix(name), "\(error)")
      }
    }
  }

  // MARK: vaex

  private func vaex(_ root: HDF5Group, cuts: [Int32] = [0, 1, 2, 3], mask: [UInt8] = [0, 1, 0]) throws {
    try root.write("table/columns/stay_id/data", Array("abb".utf8))
    try root.write("table/columns/stay_id/indices", cuts)
    try root.write("table/columns/hour/data", [Int64(0), 0, 1])
    try root.write("table/columns/hr/data", [Int64(80), 999_999, 82])
    try root.write("table/columns/hr/mask", mask)
  }

  @Test("a masked number of vaex is missing, whatever stands there")
  func readsVaex() throws {
    let cohort = try readFile { try vaex($0) }
    #expect(cohort.patients.map(\.id) == ["a", "b"])
    #expect(cohort.patients.map { $0.series[0].values.map { $0.isNaN ? -1 : $0 } } == [[80], [-1, 82]])
  }

  @Test("texts of vaex that are cut beyond their bytes, and a mask of another length, are refused")
  func refusesVaex() throws {
    let cuts = try readingError { try vaex($0, cuts: [0, 1, 9, 12]) }
    #expect(cuts.contains("/indices cuts /table/columns/stay_id/data beyond its 3 bytes"), "\(cuts)")
    let mask = try readingError { try vaex($0, mask: [0, 1]) }
    #expect(mask.contains("/table/columns/hr/mask should be [3], for 3 rows, but is [2]"), "\(mask)")
    let rows = try readingError { root in
      try vaex(root)
      try root.write("table/columns/rr/data", counting(5))
    }
    #expect(
      rows.contains("rr/data should be 3 rows, as other columns of /table/columns, but is [5]"), "\(rows)")
  }

  @Test("a mask of one mark alone hides nothing")
  func keepsUnmasked() throws {
    let cohort = try readFile { root in
      try root.write("stay_id", [Int64(1), 1, 2])
      try root.write("hour", [Int64(0), 1, 0])
      try root.write("hr", [Int64(80), 81, 82])
      try root.write("hr_mask", [UInt8(0), 0, 0])
    }
    #expect(cohort.channels.map(\.name) == ["hr"])
    #expect(cohort.patients.map { $0.series[0].values } == [[80, 81], [82]])
  }

  // MARK: NWB

  private func nwb(_ root: HDF5Group, rate: Double? = 2, times: [Double]? = nil) throws {
    try root.setAttribute("nwb_version", "2.6.0")
    try root.write("acquisition/HR/data", counting(4)).setAttribute("unit", "1/min")
    if let times {
      try root.write("acquisition/HR/timestamps", times)
    } else {
      let start = try root.write("acquisition/HR/starting_time", [0.0])
      if let rate { try start.setAttribute("rate", rate) }
    }
  }

  @Test("a series of NWB without a rate, with a rate of 0 or other times is refused, naming the place")
  func refusesNWB() throws {
    let none = try readingError { try nwb($0, rate: nil) }
    #expect(none.contains("has no attribute rate of /acquisition/HR/starting_time"), "\(none)")
    let zero = try readingError { try nwb($0, rate: 0) }
    #expect(zero.contains("should be a rate in Hz above 0, but is 0"), "\(zero)")
    let few = try readingError { try nwb($0, times: [0, 1]) }
    #expect(few.contains("one time per row of /acquisition/HR/data (4), but is [2]"), "\(few)")
    let back = try readingError { try nwb($0, times: [0, 2, 1, 3]) }
    #expect(back.contains("/acquisition/HR/timestamps does not ascend at row 2"), "\(back)")
  }

  @Test("a session of NWB is a stay of its subject")
  func knowsSessions() throws {
    let cohort = try readFile { root in
      try nwb(root)
      try root.write("general/subject/subject_id", ["A3"])
      try root.write("general/session_id", ["s7"])
    }
    #expect(cohort.patients.map(\.id) == ["A3/s7"])
    #expect(cohort.patients.map(\.person) == ["A3"])
  }

  @Test(
    "ages by ISO 8601 are years",
    arguments: [
      ("P65Y", 65), ("P18M", 1.5), ("P1Y6M", 1.5), ("P70.5Y", 70.5), ("65", nil), ("P10Y/P20Y", nil),
    ])
  func readsAges(text: String, years: Double?) {
    #expect(NWBLayout.years(text) == years)
  }

  // MARK: SNIRF

  private func snirf(_ root: HDF5Group, time: [Double], unit: String? = "s") throws {
    try root.write("nirs/data1/dataTimeSeries", counting(10), shape: [5, 2])
    try root.write("nirs/data1/time", time)
    if let unit { try root.write("nirs/metaDataTags/TimeUnit", [unit]) }
  }

  @Test("times of SNIRF are a start and a distance, or one per row; anything else is refused")
  func readsSNIRFTimes() throws {
    let short = try readFile { try snirf($0, time: [3, 0.25]) }
    #expect(short.channels.map(\.samplingRate) == [4, 4])
    #expect(short.patients[0].series.map(\.start) == [3, 3])
    #expect(short.channels.map(\.name) == ["data1_1", "data1_2"])
    let full = try readFile { try snirf($0, time: [0, 100, 200, 300, 400], unit: "ms") }
    #expect(full.channels.map(\.samplingRate) == [10, 10])
    let odd = try readingError { try snirf($0, time: [0, 1, 2]) }
    #expect(odd.contains("/nirs/data1/time should be one time per row (5), or the start and"), "\(odd)")
    let still = try readingError { try snirf($0, time: [0, 0]) }
    #expect(still.contains("states a distance of samples of 0"), "\(still)")
    let unit = try readingError { try snirf($0, time: [0, 1], unit: "moons") }
    #expect(unit.contains("/nirs/metaDataTags/TimeUnit is moons"), "\(unit)")
    let silent = try readFile { try snirf($0, time: [0, 1], unit: nil) }
    #expect(silent.layout.remarks.contains { $0.contains("/nirs states no TimeUnit") })
  }

  @Test("several recordings of one subject are stays of that person")
  func knowsSubjects() throws {
    let cohort = try readFile { root in
      for (number, subject) in ["A", "B", "A"].enumerated() {
        let path = "nirs\(number + 1)"
        try root.write("\(path)/data1/dataTimeSeries", counting(10), shape: [5, 2])
        try root.write("\(path)/data1/time", [0.0, 1])
        try root.write("\(path)/metaDataTags/SubjectID", [subject])
      }
    }
    #expect(cohort.patients.map(\.id) == ["A/1", "B", "A/2"])
    #expect(cohort.patients.map(\.person) == ["A", "B", "A"])
  }

  // MARK: AnnData

  private func anndata(
    _ root: HDF5Group, place: String = "X", ids: [String] = ["a", "b"], codes: [Int32] = [0, -1]
  ) throws {
    try root.write(place, counting(12), shape: [2, 2, 3])
    try root.write("obs/_index", ids)
    try root.group("obs").setAttribute("_index", "_index")
    try root.write("obs/sex/codes", codes)
    try root.write("obs/sex/categories", ["F", "M"])
    try root.write("var/_index", ["HR", "MAP"])
    try root.group("var").setAttribute("_index", "_index")
  }

  @Test("values of AnnData are patients, variables and time, with or without a table of times")
  func readsAnnData() throws {
    let cohort = try readFile { try anndata($0) }
    #expect(cohort.patients.map(\.id) == ["a", "b"])
    #expect(cohort.patients[1].series.map(\.values) == [[6, 7, 8], [9, 10, 11]])
    #expect(cohort.patients.map { $0.covariates[0].isNaN } == [false, true])
    #expect(cohort.layout.remarks.contains(Surroundings.noRate))
  }

  @Test("contradictions of AnnData are refused, naming the place")
  func refusesAnnData() throws {
    let ids = try readingError { try anndata($0, ids: ["a", "b", "c"]) }
    #expect(ids.contains("/obs/_index should be one name per patient of /X (2), but is [3]"), "\(ids)")
    let twice = try readingError { try anndata($0, ids: ["a", "a"]) }
    #expect(twice.contains("/obs/_index names a twice"), "\(twice)")
    let codes = try readingError { try anndata($0, codes: [0, 2]) }
    #expect(codes.contains("/obs/sex/codes has the code 2; there are 2 categories"), "\(codes)")
    let several = try readingError { root in
      try anndata(root, place: "layers/one")
      try root.write("layers/two", counting(12), shape: [2, 2, 3])
    }
    #expect(several.contains("several places could hold the cohort: /layers/one [2, 2, 3]"), "\(several)")
    let sparse = try readingError { root in
      try anndata(root, place: "uns/other")
      for part in ["indices_0", "indices_1", "indices_2", "values"] {
        try root.write("layers/tem_data/\(part)", [Int64(0)])
      }
    }
    #expect(sparse.contains("/layers/tem_data keeps only the values that are not empty"), "\(sparse)")
  }

  // MARK: OpenSignals, TDMS

  @Test("a device whose sampling rate is 0 is refused")
  func refusesDevice() throws {
    let message = try readingError { root in
      try root.write("AA:BB/raw/channel_1", [Int64(1), 2])
      try root.group("AA:BB").setAttribute("sampling rate", 0)
    }
    #expect(
      message.contains("attribute sampling rate of /AA:BB should be a rate in Hz above 0, but is 0"),
      "\(message)")
  }

  @Test("a channel of TDMS without waveform or times is a step per sample, and one that goes back is refused")
  func readsTDMS() throws {
    let cohort = try readFile { root in
      try root.write("A/HR", counting(3)).setAttribute("unit_string", "1/min")
    }
    #expect(cohort.channels == [Channel(name: "HR", unit: "1/min")])
    let message = try readingError { root in
      try root.write("A/HR", counting(3)).setAttribute("wf_increment", -1.0)
    }
    #expect(
      message.contains("attribute wf_increment of /A/HR should be seconds above 0, but is -1"), "\(message)")
  }

  // MARK: LSL

  private func stream(
    _ root: HDF5Group, _ times: [Double], rate: Double, type: String = "HR"
  ) throws {
    try root.write("S/time_series", counting(times.count))
    try root.write("S/time_stamps", times)
    try root.group("S").setAttribute("nominal_srate", rate)
    try root.group("S").setAttribute("type", type)
  }

  @Test("a nominal rate that stamps contradict is not believed, and one they agree with is")
  func comparesRates() throws {
    let times = (0..<100).map { Double($0) / 50 }
    let wrong = try readFile { try stream($0, times, rate: 100) }
    #expect(wrong.channels[0].samplingRate == 50)
    #expect(wrong.layout.remarks.contains { $0.contains("/S states 100 Hz, but its stamps are 50 a second") })
    let right = try readFile { try stream($0, times.map { $0 * 1.0004 }, rate: 50) }
    #expect(right.channels[0].samplingRate == 50)
  }

  @Test("streams of markers alone, and stamps that do not fit, are refused")
  func refusesStreams() throws {
    let markers = try readingError { try stream($0, [0, 1, 2], rate: 0, type: "Markers") }
    #expect(markers.contains("has no stream of numbers (left out (markers): /S)"), "\(markers)")
    let back = try readingError { try stream($0, [0, 2, 1], rate: 1) }
    #expect(back.contains("/S/time_stamps does not ascend at row 2"), "\(back)")
    let few = try readingError { root in
      try root.write("S/time_series", counting(4))
      try root.write("S/time_stamps", [0.0, 1])
    }
    #expect(
      few.contains("/S/time_stamps should be one time per row of /S/time_series [4], but is [2]"), "\(few)")
  }

  // MARK: Octave

  private func octave(_ root: HDF5Group, _ path: String, type: String) throws {
    try root.createGroup(path).setAttribute("OCTAVE_NEW_FORMAT", 1)
    try root.write("\(path)/type", [type])
  }

  @Test("a cell of Octave that lacks entries, and a variable without a value, are refused")
  func refusesOctave() throws {
    let cells = try readingError { root in
      try octave(root, "x", type: "cell")
      try root.write("x/value/dims", [Int32(3), 1])
      try octave(root, "x/value/_0", type: "matrix")
      try root.write("x/value/_0/value", counting(6), shape: [2, 3])
    }
    #expect(cells.contains("/x/value is a cell of 3 x 1 with 1 entries"), "\(cells)")
    let nothing = try readingError { try octave($0, "x", type: "matrix") }
    #expect(nothing.contains("has no /x/value"), "\(nothing)")
  }

  @Test("other variables of Octave are named, and complex numbers too")
  func namesOthers() throws {
    let cohort = try readFile { root in
      try octave(root, "x", type: "matrix")
      try root.write("x/value", counting(12), shape: [2, 6])
      try octave(root, "limits", type: "matrix")
      try root.write("limits/value", counting(2), shape: [1, 2])
    }
    #expect(cohort.patients[0].series.map(\.values) == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])
    #expect(cohort.layout.remarks.contains("left out (another variable): /limits"))
  }
}
