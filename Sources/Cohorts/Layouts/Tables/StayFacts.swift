/// What is known once per stay, from elsewhere than a table's own rows.
struct StayFacts {
  var columns: [CovariateColumn] = []
  /// The person of each stay; `nil` where nothing names persons.
  var subjects: [String?]?
}
