/// Synthesis
