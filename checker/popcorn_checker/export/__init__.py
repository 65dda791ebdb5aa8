"""Exports: the same model for other engines, and state graphs for other people's tools.

`murphi` and `tla` print a model at a scope, `peers` runs Rumur and TLC on the result, `graphs`
writes an explored state graph as DOT, GraphML or Aldebaran. `formulas`, `effects`, `vocabulary`,
`names`, `target` and `layout` are what the two printers share.
"""
