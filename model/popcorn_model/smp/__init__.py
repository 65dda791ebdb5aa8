"""One kernel: what a program may observe of Linux, which every multikernel has to look like.

Reading order: sorts, program, calls, protocol.
"""

from popcorn_model.smp.protocol import PROTOCOL

__all__ = ["PROTOCOL"]
