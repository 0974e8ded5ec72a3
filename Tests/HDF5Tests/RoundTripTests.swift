import HDF5
import Testing

/// Writes a file in memory and opens its bytes.
func reopened(_ write: (HDF5File) throws -> Void) throws -> HDF5File {
  let file = try HDF5File.createInMemory()
  try write(file)
  let bytes = try file.bytes()
  try file.close()
  return try HDF5File.open(bytes: bytes, name: "test.h5")
}

@Suite("HDF5 round trips")
struct RoundTripTests {
  @Test("floats keep every bit, NaN and infinities included")
  func floats() throws {
    let values: [Float] = [0, -0.0, 1.5, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, 3e38]
    let file = try reopened { try $0.root().write("x", values, shape: [2, 4]) }
    let dataset = try file.dataset("x")
    #expect(dataset.shape == [2, 4])
    #expect(dataset.type == .float32)
    #expect(try dataset.read(Float.self).map(\.bitPattern) == values.map(\.bitPattern))
    #expect(try dataset.read(Double.self)[2] == 1.5)
  }

  @Test("whole numbers of every width come back, also as floating-point numbers")
  func integers() throws {
    let file = try reopened { file in
      let root = try file.root()
      try root.write("i8", [-128, 127] as [Int8])
      try root.write("u8", [0, 255] as [UInt8])
      try root.write("i16", [-32768, 32767] as [Int16])
      try root.write("i32", [.min, .max] as [Int32])
      try root.write("i64", [.min, .max] as [Int64])
      try file.createDataset("be", type: .integer(bits: 16, signed: true, bigEndian: true), shape: [2])
        .write([-2, 300] as [Int16])
    }
    #expect(try file.dataset("i8").read(Int64.self) == [-128, 127])
    #expect(try file.dataset("u8").read(Float.self) == [0, 255])
    #expect(try file.dataset("i16").read(Int.self) == [-32768, 32767])
    #expect(try file.dataset("i32").read(Int32.self) == [.min, .max])
    #expect(try file.dataset("i64").read(Int64.self) == [.min, .max])
    #expect(try file.dataset("be").read(Double.self) == [-2, 300])
  }

  @Test("UTF-8 strings come back, of variable and of fixed length")
  func strings() throws {
    let words = ["HR", "", "SpO₂", "Größe 体温 🩺", "last"]
    let file = try reopened { file in
      try file.root().write("variable", words)
      try file.createDataset("fixed", type: .string(length: 24, utf8: true), shape: [5]).write(words)
      try file.root().write("scalar", ["one"], shape: [])
    }
    #expect(try file.dataset("variable").readStrings() == words)
    #expect(try file.dataset("fixed").readStrings() == words)
    #expect(try file.dataset("fixed").type == .string(length: 24, utf8: true))
    #expect(
      try file.dataset("variable").readStrings(HDF5Slab(offset: [2], count: [2])) == Array(words[2..<4]))
    #expect(try file.dataset("scalar").readStrings() == ["one"])
  }

  @Test("a string longer than its place is refused")
  func tooLongString() throws {
    let file = try HDF5File.createInMemory()
    let dataset = try file.createDataset("ids", type: .string(length: 3, utf8: true), shape: [1])
    #expect(
      throws: HDF5Error.wrongType(
        file: "memory", path: "/ids", expected: "strings of at most 3 bytes", found: "one of 4")
    ) { try dataset.write(["frü"]) }
  }

  @Test("scalars, empty and one-element arrays keep their shapes")
  func shapes() throws {
    let file = try reopened { file in
      let root = try file.root()
      try root.write("scalar", [7.5], shape: [])
      try root.write("empty", [Float](), shape: [0, 3])
      try root.write("one", [1] as [Int64])
      try root.write("noStrings", [String]())
    }
    #expect(try file.dataset("scalar").shape == [])
    #expect(try file.dataset("scalar").read(Double.self) == [7.5])
    #expect(try file.dataset("empty").shape == [0, 3])
    #expect(try file.dataset("empty").read(Float.self) == [])
    #expect(try file.dataset("one").read(Int64.self) == [1])
    #expect(try file.dataset("noStrings").readStrings() == [])
  }

  @Test("parts are read and written where they belong", arguments: [nil, [2, 2], [4, 5]] as [[Int]?])
  func slabs(chunk: [Int]?) throws {
    let file = try reopened { file in
      let dataset = try file.createDataset(
        "x", type: .float32, shape: [4, 5], options: HDF5DatasetOptions(chunk: chunk, fillValue: -1))
      try dataset.write([1, 2, 3, 4] as [Float], HDF5Slab(offset: [1, 2], count: [2, 2]))
      try dataset.write([8, 9] as [Double], HDF5Slab(offset: [0, 0], count: [2, 1], stride: [3, 1]))
      try dataset.write([Float](), HDF5Slab(offset: [0, 0], count: [0, 5]))
    }
    let dataset = try file.dataset("x")
    #expect(
      try dataset.read(Float.self) == [
        8, -1, -1, -1, -1,
        -1, -1, 1, 2, -1,
        -1, -1, 3, 4, -1,
        9, -1, -1, -1, -1,
      ])
    #expect(try dataset.read(Double.self, HDF5Slab(offset: [2, 0], count: [1, 5])) == [-1, -1, 3, 4, -1])
    #expect(
      try dataset.read(Float.self, HDF5Slab(offset: [0, 0], count: [2, 2], stride: [3, 3])) == [8, -1, 9, -1])
    #expect(try dataset.read(Float.self, HDF5Slab(offset: [4, 0], count: [0, 5])) == [])
    #expect(try dataset.fillValue() == -1)
  }

  @Test("compressed data come back and take less room")
  func filters() throws {
    let values = (0..<20_000).map { Float($0 / 100) }
    let file = try reopened {
      try $0.root().write("x", values, shape: [200, 100], options: HDF5DatasetOptions(deflate: 4))
    }
    let dataset = try file.dataset("x")
    #expect(dataset.filters == [HDF5Filter(id: 2, name: "shuffle"), HDF5Filter(id: 1, name: "deflate")])
    #expect(dataset.storage == .chunked)
    #expect(dataset.storageSize() < 8_000)
    #expect(try dataset.read(Float.self) == values)
  }

  @Test("chunks larger than libhdf5's own cache are read and written")
  func largeChunks() throws {
    let values = (0..<400_000).map(Float.init)
    let file = try reopened {
      let dataset = try $0.createDataset(
        "x", type: .float32, shape: [4, 100_000],
        options: HDF5DatasetOptions(chunk: [4, 100_000], deflate: 1))
      for row in 0..<4 {
        try dataset.write(
          Array(values[row * 100_000..<(row + 1) * 100_000]),
          HDF5Slab(offset: [row, 0], count: [1, 100_000]))
      }
    }
    let dataset = try file.dataset("x")
    #expect(dataset.chunk == [4, 100_000])
    #expect(try dataset.read(Float.self) == values)
  }

  @Test("a dataset grows along an axis without an end")
  func growing() throws {
    let file = try reopened { file in
      let dataset = try file.createDataset(
        "log", type: .float64, shape: [0, 2], options: HDF5DatasetOptions(maxShape: [nil, 2]))
      for row in 0..<3 {
        try dataset.resize([row + 1, 2])
        try dataset.write([Double(row), 0.5], HDF5Slab(offset: [row, 0], count: [1, 2]))
      }
    }
    let dataset = try file.dataset("log")
    #expect(dataset.maxShape == [nil, 2])
    #expect(try dataset.read(Double.self) == [0, 0.5, 1, 0.5, 2, 0.5])
  }

  @Test("attributes of every kind come back, and a second value replaces the first")
  func attributes() throws {
    let file = try reopened { file in
      let group = try file.createGroup("meta")
      try group.setAttribute("title", "first")
      try group.setAttribute("title", "Überschrift")
      try group.setAttribute("names", ["HR", "SpO₂"])
      try group.setAttribute("none", [String]())
      try group.setAttribute("rate", 62.4725)
      try group.setAttribute("limits", [1, 2.5] as [Float])
      try group.setAttribute("count", 42)
      try group.setAttribute("flags", [1, 0] as [Int8])
      try group.setAttribute("gone", 1)
      try group.removeAttribute("gone")
    }
    let group = try file.group("meta")
    #expect(
      try group.attributes() == [
        "title": .string("Überschrift"), "names": .strings(["HR", "SpO₂"], shape: [2]),
        "none": .strings([], shape: [0]), "rate": .float(62.4725), "limits": .floats([1, 2.5], shape: [2]),
        "count": .integer(42), "flags": .integers([1, 0], shape: [2]),
      ])
    #expect(try group.attributeNames() == ["count", "flags", "limits", "names", "none", "rate", "title"])
    #expect(try group.attribute("other") == nil)
    #expect(try group.attribute("rate")?.number == 62.4725)
    #expect(try group.attribute("count")?.wholeNumber == 42)
    #expect(try group.attribute("title")?.text == "Überschrift")
  }

  @Test("an attribute of a megabyte of text is stored")
  func longAttribute() throws {
    let text = String(repeating: "0123456789abcdef", count: 65_536)
    let file = try reopened { try $0.root().setAttribute("configuration", text) }
    #expect(try file.root().attribute("configuration")?.text == text)
  }

  @Test("groups list their members by name, and paths lead through them")
  func groups() throws {
    let file = try reopened { file in
      try file.createGroup("b/deep/er")
      try file.root().write("/a/x", [1] as [Float])
      try file.group("b").write("y", [2] as [Float])
      try file.createGroup("ä ö/with space")
    }
    #expect(try file.root().memberNames() == ["a", "b", "ä ö"])
    #expect(try file.group("/b").memberNames() == ["deep", "y"])
    #expect(try file.group("b").group("deep").group("er").path == "/b/deep/er")
    #expect(try file.group("b/deep").dataset("/a/x").path == "/a/x")
    #expect(try file.contains("/a/x"))
    #expect(try !file.contains("/a/z"))
    #expect(try !file.contains("/no/group/here"))
    #expect(try file.kind(of: "/a") == .group)
    #expect(try file.kind(of: "a/x") == .dataset)
    #expect(try file.contains("ä ö/with space"))
  }

  @Test("the same content gives the same bytes")
  func deterministic() throws {
    func make() throws -> [UInt8] {
      let file = try HDF5File.createInMemory()
      try writeSample(to: file)
      return try file.bytes()
    }
    #expect(try make() == make())
  }

  @Test("two files in memory of one name are two files")
  func separateFiles() throws {
    let first = try reopened { try $0.root().write("x", [1] as [Float]) }
    let second = try reopened { try $0.root().write("x", [2] as [Float]) }
    #expect(try first.dataset("x").read(Float.self) == [1])
    #expect(try second.dataset("x").read(Float.self) == [2])
  }

  @Test("a file may be read by several threads at once")
  func threads() async throws {
    let values = (0..<100_000).map(Float.init)
    let file = try reopened {
      try $0.root().write("x", values, shape: [100, 1000], options: HDF5DatasetOptions(deflate: 1))
    }
    try await withThrowingTaskGroup(of: Bool.self) { tasks in
      for row in 0..<100 {
        tasks.addTask {
          let part = HDF5Slab(offset: [row, 0], count: [1, 1000])
          return try file.dataset("x").read(Float.self, part) == Array(values[row * 1000..<(row + 1) * 1000])
        }
      }
      for try await equal in tasks { #expect(equal) }
    }
  }
}

/// Something of every kind this module writes.
func writeSample(to file: HDF5File) throws {
  let time = try file.createDataset("time", type: .float64, shape: [3])
  try time.write([0, 3600, 7200] as [Double])
  try time.setAttribute("units", "s")
  let patient = try file.root().write("patient", ["a", "b"])
  let channel = try file.createDataset("extent", type: .float32, shape: [4])
  try time.makeScale(name: "time")
  try patient.makeScale(name: "patient")
  try channel.makeBareDimension()
  for name in ["HR", "MAP"] {
    let vital = try file.createDataset(
      "vitals/\(name)", type: .float32, shape: [2, 3, 4],
      options: HDF5DatasetOptions(deflate: 4, fillValue: .nan))
    try vital.write((0..<24).map(Float.init))
    try vital.attach(patient, axis: 0, label: "patient")
    try vital.attach(time, axis: 1, label: "time")
    try vital.attach(channel, axis: 2)
    try vital.setAttribute("_FillValue", Float.nan)
    try vital.setAttribute("long_name", ["heart", "rate"])
  }
  try file.root().createSoftLink("hr", to: "/vitals/HR")
}
