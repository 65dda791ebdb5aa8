"""What happens to a fault or a request that finds a fault handle open: a table of 64 cells.

The table is the code's own, cell for cell. A row is what is in progress at the origin or at a
remote, a column who comes. Half of its rows are for handles that an invalidation has marked and
that wait for it; there are none at the origin, where no invalidation arrives.

A newcomer that may follow waits all the same where the handle has no place left for a follower.
"""

from enum import Enum
from typing import Final

from popcorn_model.language import Bool, any_of
from popcorn_model.language.totals import total
from popcorn_model.popcorn_2020.handles import handle
from popcorn_model.popcorn_2020.page_traffic import is_marked
from popcorn_model.popcorn_2020.sorts import ORIGIN, Access, Handle, Kernel, Page


class Side(Enum):
    """Where the handle is."""

    ORIGIN = "at the origin"
    REMOTE = "at a remote"


class Progress(Enum):
    """What is in progress under the handle."""

    LOCAL_READ = "a fault of this node, to read"
    LOCAL_WRITE = "a fault of this node, to write"
    MARKED_READ = "the same, to read, with an invalidation that waits for its end"
    MARKED_WRITE = "the same, to write, with an invalidation that waits for its end"
    REMOTE_READ = "a request of another node, to read"
    REMOTE_WRITE = "a request of another node, to write"
    MARKED_REMOTE_READ = "a request to read, with an invalidation that waits for its end"
    MARKED_REMOTE_WRITE = "a request to write, with an invalidation that waits for its end"


class Newcomer(Enum):
    """Who meets the handle."""

    LOCAL_READ = "a thread of this node faults to read"
    REMOTE_READ = "a request of another node to read"
    LOCAL_WRITE = "a thread of this node faults to write"
    REMOTE_WRITE = "a request of another node to write"


class Reaction(Enum):
    """What becomes of the newcomer."""

    FOLLOW = "it sleeps until the leader is done and shares what came of it"
    WAIT = "it sleeps until this handle is closed, and is then told to try again"
    RETRY = "it is told at once to try again"
    NEVER = "whoever wrote the code was sure that this does not occur"


F: Final = Reaction.FOLLOW
W: Final = Reaction.WAIT
R: Final = Reaction.RETRY
X: Final = Reaction.NEVER

_ROWS: Final = {
    # newcomers: local read, remote read, local write, remote write
    (Side.ORIGIN, Progress.LOCAL_READ): (F, W, W, R),
    (Side.ORIGIN, Progress.LOCAL_WRITE): (F, R, F, R),
    (Side.ORIGIN, Progress.MARKED_READ): (X, X, X, X),
    (Side.ORIGIN, Progress.MARKED_WRITE): (X, X, X, X),
    (Side.ORIGIN, Progress.REMOTE_READ): (F, W, W, W),
    (Side.ORIGIN, Progress.REMOTE_WRITE): (W, R, W, R),
    (Side.ORIGIN, Progress.MARKED_REMOTE_READ): (X, X, X, X),
    (Side.ORIGIN, Progress.MARKED_REMOTE_WRITE): (X, X, X, X),
    (Side.REMOTE, Progress.LOCAL_READ): (F, X, W, X),
    (Side.REMOTE, Progress.LOCAL_WRITE): (F, W, F, W),
    (Side.REMOTE, Progress.MARKED_READ): (R, X, W, X),
    (Side.REMOTE, Progress.MARKED_WRITE): (R, X, R, X),
    (Side.REMOTE, Progress.REMOTE_READ): (X, X, W, X),
    (Side.REMOTE, Progress.REMOTE_WRITE): (W, X, W, X),
    (Side.REMOTE, Progress.MARKED_REMOTE_READ): (X, X, X, X),
    (Side.REMOTE, Progress.MARKED_REMOTE_WRITE): (X, X, X, X),
}

CONFLICTS: Final = total(
    (Side, Progress, Newcomer),
    {
        (*row, newcomer): reaction
        for row, reactions in _ROWS.items()
        for newcomer, reaction in zip(Newcomer, reactions, strict=True)
    },
)
"""Source: kernel/popcorn/fh_action.c:fh_action_table, without the bits that nobody asks."""

MODE: Final = {
    Progress.LOCAL_READ: Handle.local_read,
    Progress.LOCAL_WRITE: Handle.local_write,
    Progress.MARKED_READ: Handle.local_read,
    Progress.MARKED_WRITE: Handle.local_write,
    Progress.REMOTE_READ: Handle.remote_read,
    Progress.REMOTE_WRITE: Handle.remote_write,
    Progress.MARKED_REMOTE_READ: Handle.remote_read,
    Progress.MARKED_REMOTE_WRITE: Handle.remote_write,
}
MARKED: Final = frozenset(p for p in Progress if p.name.startswith("MARKED"))


def is_in_progress(p: Page, k: Kernel, side: Side, progress: Progress) -> Bool:
    """Node k is on that side, and its handle for page p is in that row of the table."""
    here = (k == ORIGIN) if side is Side.ORIGIN else (k != ORIGIN)
    marked = is_marked(p, k) if progress in MARKED else ~is_marked(p, k)
    return here & (handle[p, k] == MODE[progress]) & marked


def meets(p: Page, k: Kernel, newcomer: Newcomer, reaction: Reaction) -> Bool:
    """Such a newcomer finds a handle open for page p on node k, and this becomes of it."""
    return any_of(
        *(
            is_in_progress(p, k, side, progress)
            for side in Side
            for progress in Progress
            if CONFLICTS[side, progress, newcomer] is reaction
        )
    )


def thread_meets(p: Page, k: Kernel, a: Access, reaction: Reaction) -> Bool:
    """A thread of node k that faults for this access finds a handle, and this becomes of it."""
    return ((a == Access.read) & meets(p, k, Newcomer.LOCAL_READ, reaction)) | (
        (a == Access.write) & meets(p, k, Newcomer.LOCAL_WRITE, reaction)
    )


def request_meets(p: Page, k: Kernel, to_write: Bool, reaction: Reaction) -> Bool:
    """A request of another node finds a handle on node k, and this becomes of it."""
    return (~to_write & meets(p, k, Newcomer.REMOTE_READ, reaction)) | (
        to_write & meets(p, k, Newcomer.REMOTE_WRITE, reaction)
    )
