"""Protocols to look at and to measure with, each whole in one module."""
