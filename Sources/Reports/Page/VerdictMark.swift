import Evaluation

/// A verdict as a word, a colour and a shape: a round tick, a triangle with a question mark, a square cross, a
/// dash for what was not measured.
enum VerdictMark {
  /// What the style sheet and the symbols call it.
  static func style(_ verdict: Verdict) -> String { verdict == .notMeasured ? "none" : verdict.rawValue }

  static func word(_ verdict: Verdict) -> String {
    verdict.rawValue.prefix(1).uppercased() + verdict.rawValue.dropFirst()
  }

  /// The shapes, once in a page.
  static let symbols = """
    <svg width="0" height="0" aria-hidden="true" class="symbols"><defs>\
    <symbol id="v-good" viewBox="0 0 20 20"><circle cx="10" cy="10" r="9"/>\
    <path d="M5.6 10.4l3 3 5.8-6.4"/></symbol>\
    <symbol id="v-doubtful" viewBox="0 0 20 20"><path class="body" d="M10 1.2l9.2 16.8h-18.4z"/>\
    <path d="M7.7 8.8c0-3.2 4.7-3 4.7-.2 0 1.9-2.4 1.9-2.4 3.7M10 15v.6"/></symbol>\
    <symbol id="v-bad" viewBox="0 0 20 20"><rect x="1.2" y="1.2" width="17.6" height="17.6" rx="2"/>\
    <path d="M6 6l8 8M14 6l-8 8"/></symbol>\
    <symbol id="v-none" viewBox="0 0 20 20"><circle cx="10" cy="10" r="9"/><path d="M6 10h8"/></symbol></defs></svg>
    """

  static func shape(_ verdict: Verdict) -> String {
    "<svg class=\"mark-\(style(verdict)) shape\" viewBox=\"0 0 20 20\" aria-hidden=\"true\">"
      + "<use href=\"#v-\(style(verdict))\"/></svg>"
  }

  static func shapeAndWord(_ verdict: Verdict) -> String {
    "<span class=\"verdict \(style(verdict))\">\(shape(verdict))\(word(verdict))</span>"
  }
}
