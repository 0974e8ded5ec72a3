extension [Int] {
  /// The numbers multiplied; the greatest number where a damaged file states more than there can be.
  var product: Int {
    var product = 1
    for size in self {
      let (next, isOver) = product.multipliedReportingOverflow(by: size)
      if isOver { return contains(0) ? 0 : .max }
      product = next
    }
    return product
  }
}
