"""The conformance kit: other people's implementations, driven and judged by the model.

`messages` has what kernels say to each other, `wire` what travels between the harness and an
adapter, and `adapter` runs one as a process and trusts it in nothing; `network` keeps what is on
its way between kernels. `judging` tells which states of the model explain what was seen, and
`contents` looks into the messages; `program` does so for what programs see. `script` and `cases`
say what is tried, `driving` and `program_driving` do it, and `report` tells what came of it.
"""
