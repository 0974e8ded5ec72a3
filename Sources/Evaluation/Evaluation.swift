/// Evaluation
