"""Tasks that come and go, for checking the other parts without migration.

This part stands in for threads. A task that is in no fault and no call may disappear from its node
at any time and appear on any other: what a page fault can tell of migration, forward, back and
onward, of exit, and of a thread that is created. That is more than the protocol does, so what
holds here holds there as far as pages are concerned.
"""

from popcorn_model.language import Part, Step, action, nothing, put, when
from popcorn_model.popcorn_2020.sorts import Kernel, Standing, Task
from popcorn_model.popcorn_2020.tasks import at, runs, standing


@action
def arrive(t: Task, k: Kernel) -> Step:
    """A task that is nowhere begins to run on a node.

    Source: stands for kernel/popcorn/process_server.c:remote_thread_main and the like
    Tag: inferred
    """
    return when(at[t] == nothing, standing[k] == Standing.sound)(put(at[t], k))


@action
def depart(t: Task, k: Kernel) -> Step:
    """A task that runs on a node does not any more.

    Source: stands for kernel/popcorn/process_server.c:process_server_do_migration and do_exit
    Tag: inferred
    """
    return when(runs(t, k))(put(at[t], nothing))


PLACEMENT = Part(
    "placement",
    "Tasks that come and go: stands in for threads.",
    actions=(arrive, depart),
    instead="threads",
    needs=("tasks",),
)
