import CHDF5
import Testing

@testable import HDF5

@Suite("HDF5 links")
struct LinkTests {
  private func file() throws -> HDF5File {
    try reopened { file in
      try file.root().write("a/x", [1] as [Float])
      try file.root().createSoftLink("soft", to: "/a/x")
      try file.root().createSoftLink("dangling", to: "/nowhere")
      try file.group("a").createSoftLink("loop", to: "/")
      Library.enter()
      defer { Library.leave() }
      let root = file.handle.id
      H5Lcreate_hard(root, "/a", root, "/a/self", chdf5_p_default(), chdf5_p_default())
      H5Lcreate_hard(root, "/a/x", root, "/y", chdf5_p_default(), chdf5_p_default())
      H5Lcreate_external("other.h5", "/data", root, "outside", chdf5_p_default(), chdf5_p_default())
      H5Lcreate_soft("/outside", root, "around", chdf5_p_default(), chdf5_p_default())
    }
  }

  @Test("links say what they are")
  func kinds() throws {
    let root = try file().root()
    #expect(try root.link("a") == .hard)
    #expect(try root.link("soft") == .soft(target: "/a/x"))
    #expect(try root.link("outside") == .external(file: "other.h5", path: "/data"))
    #expect(try root.link("nothing") == nil)
  }

  @Test("a soft link is followed inside the file")
  func soft() throws {
    #expect(try file().dataset("/soft").read(Float.self) == [1])
    #expect(try file().dataset("/a/loop/a/loop/y").read(Float.self) == [1])
  }

  @Test("links to nowhere and to other files are refused, and the message names the target")
  func refused() throws {
    let file = try file()
    #expect(try file.kind(of: "/dangling") == nil)
    #expect(try file.kind(of: "/outside") == nil)
    #expect(
      throws: HDF5Error.unsupported(
        file: "test.h5", path: "/dangling", reason: "is a link to /nowhere, which is not in the file")
    ) { try file.dataset("/dangling") }
    #expect(
      throws: HDF5Error.unsupported(
        file: "test.h5", path: "/outside",
        reason:
          "is a link to /data in another file, other.h5; open that file instead, or let it use files of "
          + "its own folder: --allow-external")
    ) { try file.dataset("/outside") }
    #expect(throws: HDF5Error.self) { try file.dataset("/around") }
  }

  @Test("a visit meets every object once and ends, although groups contain themselves")
  func visit() throws {
    var paths: [String] = []
    try file().visit { paths.append($0.path) }
    #expect(paths == ["/", "/a", "/a/x"])
  }

  @Test("a visit goes as deep as groups go")
  func deep() throws {
    let file = try reopened { try $0.createGroup(Array(repeating: "g", count: 500).joined(separator: "/")) }
    var groups = 0
    try file.visit { _ in groups += 1 }
    #expect(groups == 501)
  }
}

@Suite("HDF5 dimension scales")
struct ScaleTests {
  @Test("labels and scales come back per axis")
  func roundTrip() throws {
    let file = try reopened(writeSample)
    #expect(
      try file.dataset("vitals/HR").axes() == [
        HDF5Axis(label: "patient", scales: ["/patient"]), HDF5Axis(label: "time", scales: ["/time"]),
        HDF5Axis(label: nil, scales: ["/extent"]),
      ])
    #expect(try file.dataset("time").isScale())
    #expect(try file.dataset("time").scaleName() == "time")
    #expect(try !file.dataset("vitals/HR").isScale())
    #expect(try file.dataset("time").axes() == [HDF5Axis()])
  }

  @Test("a bare dimension is named as netCDF-4 names it, ten digits wide")
  func bareDimension() throws {
    let file = try reopened(writeSample)
    #expect(try file.dataset("extent").isBareDimension())
    #expect(try !file.dataset("time").isBareDimension())
    #expect(
      try file.dataset("extent").scaleName()
        == "This is a netCDF dimension but not a netCDF variable.         4")
  }

  @Test("one axis may have several scales, and one scale several datasets")
  func several() throws {
    let file = try reopened { file in
      let hours = try file.root().write("hours", [0, 1] as [Float])
      let days = try file.root().write("days", [0, 0] as [Float])
      let first = try file.root().write("first", [1, 2] as [Float])
      let second = try file.root().write("second", [1, 2, 3, 4] as [Float], shape: [2, 2])
      try hours.makeScale()
      try days.makeScale()
      try first.attach(hours, axis: 0)
      try first.attach(days, axis: 0)
      try second.attach(hours, axis: 0)
      try second.attach(hours, axis: 1)
    }
    #expect(try file.dataset("first").axes() == [HDF5Axis(scales: ["/hours", "/days"])])
    #expect(
      try file.dataset("second").axes() == [HDF5Axis(scales: ["/hours"]), HDF5Axis(scales: ["/hours"])])
    #expect(try file.dataset("hours").scaleName() == nil)
  }
}
