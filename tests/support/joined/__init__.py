"""The model and the reference, joined by tests: the same things happen to both, and are compared.

`cluster` moves kernels without processors; `telling` says which steps of the model their events
are; `reading` reads the state of the model off them; `join` does all three after each stimulus.
"""
