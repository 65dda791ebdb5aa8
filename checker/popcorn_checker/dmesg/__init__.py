"""Debug logs of real Popcorn kernels: every line is told apart, and its fields are read.

`fields`, `wording` and `rows` are the language in which `tables` write down what kernels print;
`kinds` has all rows. `prefixes` has what tools put before a line, and `framing` takes that away;
`finding` tells which kind a line is or why it is none, `reading` streams a log, `advising` says
what to do about a file that was not read, and `rendering` prints lines as a kernel would.
"""
