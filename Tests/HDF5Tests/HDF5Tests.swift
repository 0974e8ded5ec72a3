import HDF5
import Testing

@Suite("Round trips in memory")
struct RoundTripTests {
  @Test("numbers come back as they were written, whole and in part")
  func numbers() throws {
    let file = try HDF5File.createInMemory()
    let dataset = try file.createDataset(
      "/a/b", type: .float32, shape: [2, 3], options: HDF5DatasetOptions(deflate: 4, fillValue: .nan))
    try dataset.write([1, 2, 3, 4, 5, 6] as [Float])
    try dataset.setAttribute("units", "°C")
    let again = try HDF5File.open(bytes: try file.bytes(), name: "copy").dataset("/a/b")
    #expect(again.shape == [2, 3])
    #expect(try again.read(Double.self) == [1, 2, 3, 4, 5, 6])
    #expect(try again.read(Float.self, HDF5Slab(offset: [1, 0], count: [1, 2], stride: [1, 2])) == [4, 6])
    #expect(try again.attribute("units") == .string("°C"))
  }
}
