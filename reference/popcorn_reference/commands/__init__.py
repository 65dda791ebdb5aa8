"""The verbs that this package gives to the command ``popcorn-spec``."""
