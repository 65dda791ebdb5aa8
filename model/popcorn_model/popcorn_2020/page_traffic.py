"""Messages about pages that are under way, and which of them wait for a handle to close.

One cell of each kind for a page and a remote; `messages` says why one is enough. A message stays
in its cell while the worker that has taken it up waits for a handle, and a request leaves it for
the origin's handle when it is being served.
"""

from popcorn_model.language import Bool, state
from popcorn_model.popcorn_2020.messages import Answer, Recall, Reply, Request
from popcorn_model.popcorn_2020.sorts import Kernel, Page

request = state(
    "request", Page, Kernel, of=Request, start=Request.none,
    doc="what a remote has asked of the origin and a worker there has not begun to do",
)  # fmt: skip
parked = state(
    "parked", Page, Kernel, of=Bool, start=False,
    doc="the worker with the remote's request sleeps until the origin's handle is closed",
)  # fmt: skip
reply = state(
    "reply", Page, Kernel, of=Reply, start=Reply.none, doc="the origin's answer to a remote"
)
recall = state(
    "recall", Page, Kernel, of=Recall, start=Recall.none,
    doc="what the origin has asked of an owner and has not been done there",
)  # fmt: skip
held = state(
    "held", Page, Kernel, of=Bool, start=False,
    doc="the worker with the origin's recall sleeps until the node's handle is closed; an "
    "invalidation has marked the handle",
)  # fmt: skip
answer = state(
    "answer", Page, Kernel, of=Answer, start=Answer.none, doc="a remote's answer to the origin"
)


def is_marked(p: Page, k: Kernel) -> Bool:
    """The node's handle for the page is marked by an invalidation that waits for it."""
    return held[p, k] & (recall[p, k] == Recall.invalidate)
