import Cohorts

/// Distances between windows; see the measures of memorisation that use them.
public enum Neighbours {}
