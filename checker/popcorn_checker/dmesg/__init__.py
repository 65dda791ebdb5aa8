"""Debug logs of real Popcorn kernels: every line is told apart, and its fields are read.

`fields`, `wording` and `rows` are the language in which `tables` write down what kernels print;
`kinds` has all rows. `framing` takes away what the console puts around a line, `finding` tells
which kind a line is or why it is none, `reading` streams a log, and `rendering` prints lines as a
kernel would.
"""
