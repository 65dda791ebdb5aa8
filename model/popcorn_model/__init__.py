"""The protocols of Popcorn Linux as data, for engines, provers, exporters and people to read."""

__version__ = "0.1.0"
