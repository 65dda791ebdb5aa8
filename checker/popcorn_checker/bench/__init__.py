"""Measurements: our explicit engine against Rumur and TLC on the same models, one thread each."""
