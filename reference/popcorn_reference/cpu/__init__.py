"""Processors: what executes the instructions of threads, one address space each.

`interface` says what a processor must do; `mini` is one in Python that needs nothing, `emulated`
is Unicorn's x86-64, and `native` the processor of this machine.
"""
