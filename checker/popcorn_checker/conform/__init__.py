"""The conformance kit: other people's implementations, driven and judged by the model.

`wire` has what travels between the harness and an adapter, `adapter` runs one as a process and
trusts it in nothing, `network` keeps what is on its way between kernels, `judging` tells which
states of the model explain what was seen, `script` and `cases` say what is tried, `driving` does
it, and `report` tells what came of it.
"""
