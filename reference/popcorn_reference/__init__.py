"""The reference implementation of the protocol ``popcorn``: a multikernel in user space.

Reading order: messages, tables, memory, member (a kernel's side of a process), directory and home
(the origin's side), kernel (both together); linux (system calls), cpu, drivers.

The core does no input and output: it is handed messages and what processors did, and hands back
messages and commands. It knows the words of the protocol, and nothing else of the model.
"""

from popcorn_reference.faults import LocalFault, RemoteFault
from popcorn_reference.kernel import Kernel

__all__ = ["Kernel", "LocalFault", "RemoteFault"]
