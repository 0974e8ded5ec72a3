import Testing

@Suite("Misspelt options and commands")
struct MisspellingTests {
  @Test(
    "an option that does not exist is answered with the nearest one, and status 2",
    arguments: [
      ("train x.h5 --outputt model.h5", "there is no option --outputt; did you mean --output?"),
      ("train x.h5 -output model.h5", "there is no option -output; did you mean --output?"),
      (
        "train x.h5 --output=m.h5 --preset=quick --widow=3",
        "there is no option --widow; did you mean --window?"
      ),
      ("train x.h5 --output m.h5 --overwite", "there is no option --overwite; did you mean --overwrite?"),
      ("generate m.h5 --patient 3", "there is no option --patient; did you mean --patients?"),
      ("evaluate a.h5 --reprot page.html", "there is no option --reprot; did you mean --report?"),
      ("split x.h5 --output a.h5 --hold-out b.h5", "there is no option --hold-out; did you mean --holdout?"),
      ("simulate --ouput x.h5", "there is no option --ouput; did you mean --output?"),
      ("convert x.h5 --OUTPUT y.h5", "there is no option --OUTPUT; did you mean --output?"),
      ("train x.h5 --dance m.h5", "there is no option --dance; 'vitalcohort help train' lists"),
      ("trian x.h5 --output m.h5", "there is no command trian; did you mean train?"),
      ("frobnicate", "there is no command frobnicate; 'vitalcohort help' lists"),
    ])
  func nearest(line: String, answer: String) throws {
    let outcome = try Binary.run(Binary.location(), line.split(separator: " ").map(String.init))
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(answer) && !outcome.errors.contains("Missing"), "\(outcome.errors)")
  }

  @Test("where every option exists, what is missing is said")
  func missing() throws {
    let outcome = try Binary.run("train", "x.h5")
    #expect(outcome.status == 2 && outcome.errors.contains("--output"))
    let value = try Binary.run("train", "x.h5", "--output", "m.h5", "--batch", "0")
    #expect(value.status == 2 && value.errors.contains("--batch should be at least 1"))
  }
}
