import ArgumentParser
import Cohorts
import Foundation

/// Options and commands that do not exist, and what they were meant to be.
///
/// The parser misses a required option before it minds an unknown one: `--outputt model.h5` would be answered
/// with "missing --output".
enum Misspelling {
  /// What to say of the first unknown command or option; `nil` where there is none, and something else is wrong.
  static func message(in arguments: [String]) -> String? {
    let words = arguments.dropFirst()
    guard let name = words.first, !name.hasPrefix("-") else { return nil }
    let commands = VitalCohort.configuration.subcommands
    guard let command = commands.first(where: { $0._commandName == name }) else {
      guard name != "help" else { return nil }
      return sentence("command", name, among: commands.map { $0._commandName }, help: "vitalcohort help")
    }
    let known = options(of: command)
    for word in words.dropFirst().prefix(while: { $0 != "--" }) {
      guard let option = option(word), !known.contains(option) else { continue }
      return sentence("option", option, among: known, help: "vitalcohort help \(name)")
    }
    return nil
  }

  /// `--output` of `--output` and `--output=model.h5`; `nil` for what is no option, such as `-` and `-1`.
  private static func option(_ word: String) -> String? {
    guard word.hasPrefix("-"), word.drop(while: { $0 == "-" }).first?.isLetter ?? false else { return nil }
    return word.split(separator: "=").first.map(String.init)
  }

  private static func sentence(_ what: String, _ name: String, among known: [String], help: String) -> String
  {
    let bare = { (option: String) in String(option.drop { $0 == "-" }) }
    let nearest = Spelling.nearest(to: bare(name), in: known.map(bare)).flatMap { near in
      // Farther than that it is another word.
      Spelling.distance(near, bare(name).lowercased()) <= 1 + near.count / 3
        ? known.first { bare($0) == near } : nil
    }
    return "Error: there is no \(what) \(name)"
      + (nearest.map { "; did you mean \($0)?" } ?? "; '\(help)' lists those there are.")
  }

  private static func options(of command: any ParsableCommand.Type) -> [String] {
    struct Help: Decodable {
      struct Command: Decodable { var arguments: [Argument]? }
      struct Argument: Decodable { var names: [Name]? }
      struct Name: Decodable {
        var kind: String
        var name: String
      }
      var command: Command
    }
    // The only public list of a command's options.
    let help = try? JSONDecoder().decode(Help.self, from: Data(command._dumpHelp().utf8))
    let names = (help?.command.arguments ?? []).flatMap { $0.names ?? [] }
    return names.map { ($0.kind == "long" ? "--" : "-") + $0.name } + ["--help", "-h", "--version"]
  }
}
