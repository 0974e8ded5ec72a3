import Testing

@testable import Cohorts

@Suite("Pickled names")
struct PickleTests {
  @Test("a list of names, as PyTables keeps it")
  func readsNames() {
    #expect(Pickle("(lp0\nVDBP\np1\naVHR\np2\naI3\na.")?.texts == ["DBP", "HR", "3"])
    #expect(Pickle("(lp0\nVa\\u0101b\np1\na.")?.texts == ["aāb"])
  }

  @Test("names met before are repeated by number")
  func readsMemory() {
    #expect(Pickle("(lp0\nVx\np1\nag1\na.")?.texts == ["x", "x"])
  }

  @Test("axes are a list of a number and names")
  func readsAxes() throws {
    guard case .list(let axes)? = Pickle("(lp0\n(I1\n(lp1\nVHR\np2\naVid\np3\natp4\na."),
      case .list(let axis)? = axes.first
    else {
      Issue.record("no list of lists")
      return
    }
    #expect(axis.last?.texts == ["HR", "id"])
  }

  @Test("facts are found by name")
  func readsFacts() {
    let facts = Pickle("(dp0\nVindex\np1\n(dp2\nVindex_name\np3\nVhours\np4\nss.")
    #expect(facts?["index"]?["index_name"]?.name == "hours")
  }

  @Test(
    "what would run code, ends early or is no pickle is not read",
    arguments: ["cos\nsystem\n(S'ls'\ntR.", "(lp0\nVx\n", "", "HR,SpO2", ".", "a.", "(I1\ns."])
  func refuses(text: String) {
    #expect(Pickle(text) == nil)
  }
}
