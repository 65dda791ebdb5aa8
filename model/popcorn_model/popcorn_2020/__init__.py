"""Popcorn Linux 2020: one origin per process, pages copied with owners, faults under handles.

Reading order: sorts, messages, transport, tasks; then the pages: copies, handles, conflicts,
semaphore, remote_faults, origin_faults, origin_serving, remote_serving; then protocol, which puts
the parts together. The properties stand in their own files.

The parts, and the modules that belong to each:

========== =============================================================================
transport  one channel per ordered pair of nodes, up to the handler: transport
tasks      where each task runs: tasks
placement  tasks that come and go, in place of threads: placement
pages      copies, owners, fault handles, requests and recalls of pages
threads    migration there and back, shadows, workers, exits: thread_states, threads, workers,
           shadows, exits
signals    kills and group exits: exits
vma        areas and fetching them, delegated operations, telling nodes, the semaphore of an address
           space: areas, area_telling, area_calls
futex      delegated futex calls: futexes
remaps     mremap, mmap over what is there, brk that shrinks: remaps
========== =============================================================================
"""

from popcorn_model.popcorn_2020.observed import REFINEMENTS
from popcorn_model.popcorn_2020.protocol import PROTOCOL

__all__ = ["PROTOCOL", "REFINEMENTS"]
