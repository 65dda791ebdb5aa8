"""The lines that kernels print, by the part of the kernel that prints them.

Source: ssrg-vt/popcorn-kernel, Linux 5.2 (the posted series) and 4.19; "early 4.4" where it differs

Names of fields mean the same everywhere: `pid` is the task that stands first in brackets,
`peer_pid` and `peer_node` the pair that stands after an arrow or a `from`, `page` an address whose
lowest twelve bits are zero, and `handle` the fault handle, which is that of one fault only between
its first line and its last, as the kernel uses the memory again.
"""
