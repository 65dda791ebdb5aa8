"""Findings: defects of published designs, each derived again by search whenever it is asked for."""
