/// Marks of this program in what it writes, near the beginning, by which its files can be told from others.
public enum Authorship {
  /// In a page's head.
  public static let pageTag = "<meta name=\"generator\" content=\"vitalcohort\">"
  /// In a JSON result, after the verdict.
  public static let resultEntry = "\"generator\": \"vitalcohort\""
  /// What ``ExhibitFile`` calls its format.
  public static let exhibitFormat = "vitalcohort exhibits"
}
