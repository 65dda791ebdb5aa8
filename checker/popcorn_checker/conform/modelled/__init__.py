"""Models behind an adapter: what is driven is the model itself, run by the evaluator."""
