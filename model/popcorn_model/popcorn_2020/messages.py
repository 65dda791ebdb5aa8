"""The messages between nodes, one row a kind; wire names carry PCN_KMSG_TYPE_ in front.

Two ways lead from a message to what it does. Messages about tasks, areas and futexes go through
the channel of their pair of nodes, in order, to a handler that runs in the receiver's thread and
takes what it needs at once, or leaves the message with the task that it is for. They are kinds of
`Wire`.

Messages about pages are different: a request or an invalidation becomes an item of a work queue
that many kernel threads serve in any order, and its answer completes a wait station. So their
order says nothing. And there is at most one of each kind for a node and a page:

- a node asks the origin for a page only while its fault handle for the page is open, by the leader
  of that handle alone, and the handle stays open until the answer has come: one `Request` or one
  `Reply`;
- the origin recalls a page from a node only under its own handle for that page, once, and the
  handle stays open until the node has answered: one `Recall` or one `Answer`.

So each of the four is a cell for each page and remote node. They are read and written by pages.
What a wait station adds, the right answer to the right waiter, follows from the same facts while
nobody gives up waiting.

Names mean what they mean in the protocol's own text, but for two: its REMOTE_PAGE_REQUEST is here
a `Request` where a remote asks the origin, and a `Recall` where the origin asks an owner.
"""

from popcorn_model.language import Enumeration, Messages, kind, label
from popcorn_model.popcorn_2020.sorts import Area, Task


class Request(Enumeration):
    """From a remote to the origin: REMOTE_PAGE_REQUEST, served by any worker of popcorn_wq."""

    none = label("there is none")
    read = label("the page is wanted to be read")
    write = label("the page is wanted to be written")


class Reply(Enumeration):
    """From the origin to the remote that asked; the receiver's thread completes the station.

    The page travels with REMOTE_PAGE_RESPONSE; the others are REMOTE_PAGE_RESPONSE_SHORT.
    """

    none = label("there is none")
    data = label("result 0 and the page, as it was last written")
    stale = label("result 0 and the page, but not as it was last written")
    grant = label("VM_FAULT_CONTINUE: write your own copy, nobody else has one")
    retry = label("VM_FAULT_RETRY: nothing was done, ask again")
    error = label("VM_FAULT_SIGBUS or the like: nothing was done, give up")


class Recall(Enumeration):
    """From the origin to an owner, served by any worker of popcorn_wq there."""

    none = label("there is none")
    invalidate = label("PAGE_INVALIDATE_REQUEST: drop your copy and say so")
    read = label("REMOTE_PAGE_REQUEST: send your copy and keep it, only to read")
    write = label("REMOTE_PAGE_REQUEST: send your copy and drop it")


class Answer(Enumeration):
    """From the owner to the origin; the receiver's thread counts it at the station."""

    none = label("there is none")
    ack = label("PAGE_INVALIDATE_RESPONSE: dropped")
    data = label("REMOTE_PAGE_RESPONSE: the page, as it was last written")
    stale = label("REMOTE_PAGE_RESPONSE: the page, but not as it was last written")
    failure = label("REMOTE_PAGE_RESPONSE_SHORT with an error: nothing was sent")


class Wire(Messages):
    """What travels through a channel, in order. ``task`` is the thread that it is about.

    What a request asks in detail stands in the cells of the thread that waits for its answer, and
    does not change until then.
    """

    # threads
    task_migrate = kind("origin to a remote: run this thread (TASK_MIGRATE)", task=Task)
    task_migrate_back = kind(
        "remote to origin: the shadow resumes with these registers (TASK_MIGRATE_BACK)", task=Task
    )
    task_pairing = kind(
        "remote to origin: the thread is about to run here (TASK_PAIRING)", task=Task
    )
    task_exit_origin = kind("origin to a worker: the process is over (TASK_EXIT_ORIGIN)")
    task_exit_remote = kind("remote to a shadow: the thread has exited (TASK_EXIT_REMOTE)",
                            task=Task)  # fmt: skip
    task_refused = kind("remote to origin, repaired: the thread cannot run here", task=Task)
    signal = kind("shadow to its thread, repaired: a kill is pending for you", task=Task)
    # areas
    vma_info_request = kind("remote to a shadow: which area is my page in? (VMA_INFO_REQUEST)",
                            task=Task)  # fmt: skip
    vma_info_response = kind(
        "shadow to the remote: this area, or none (VMA_INFO_RESPONSE)", task=Task, area=Area
    )
    vma_op_request = kind(
        "remote to a shadow, or origin to a worker: do what I was called for (VMA_OP_REQUEST)",
        task=Task,
    )  # fmt: skip
    vma_op_response = kind("back to whoever asked, at its wait station (VMA_OP_RESPONSE)",
                           task=Task)  # fmt: skip
    # futexes
    futex_request = kind("remote to a shadow: call futex for me (FUTEX_REQUEST)", task=Task)
    futex_response = kind("back to the wait station: it has returned (FUTEX_RESPONSE)", task=Task)
