/// Simulation
