"""The explicit engine: exhaustive search over packed states, driven by tables."""
