"""Measurements of the reference: instructions, messages, migrations, and whole runs."""
