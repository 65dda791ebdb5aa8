"""Proofs over all sizes: claims, their lemmas, and evidence that others can check again."""
