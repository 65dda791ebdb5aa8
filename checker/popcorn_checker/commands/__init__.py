"""The verbs of ``popcorn-spec``, one module each, found by their entry points."""
