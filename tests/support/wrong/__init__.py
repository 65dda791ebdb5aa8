"""Wrong implementations of the protocol, each a small change of the reference that tests must see.

`rows` says what such a change is; `directory`, `copies`, `grants`, `areas`, `futexes`, `threads`
and `endings` have them; `catalogue` has them all. `replaying` does again what shows one, and
`searching` looks for the shortest that does.
"""
