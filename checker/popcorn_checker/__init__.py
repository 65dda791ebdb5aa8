"""Decides what the model's protocols do: exhaustive search, evidence, and the command line."""

__version__ = "0.1.0"
