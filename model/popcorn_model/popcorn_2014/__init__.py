"""Popcorn Linux 2014: lazy replicas, shared frames, Lamport locks, shadows, closure."""
