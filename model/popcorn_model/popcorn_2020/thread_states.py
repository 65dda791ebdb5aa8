"""The state of threads: tasks at the origin, tasks and workers on remotes, works and mail.

A thread has a task at the origin for all its life. Where it runs elsewhere that task is its
*shadow*, and the *link* says which node its messages come from. On a remote the process has one
*worker*, which forks the tasks that run threads there. A worker takes works from a list whose
newest entry comes first; a shadow has a mailbox for one message.
"""

from popcorn_model.language import Bool, for_each, given, maybe, nothing, only, put, state
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.sorts import (
    End,
    Home,
    Kernel,
    Mail,
    Peer,
    Remote,
    Task,
    Work,
    Worker,
)
from popcorn_model.popcorn_2020.thread_switches import IN_ORDER

# --- at the origin -------------------------------------------------------------------------------

home = state("home", Task, of=Home, start=Home.unborn, doc="the thread's task at the origin")
link = state(
    "link", Task, of=maybe(Kernel), start=nothing,
    doc="remote_nid and remote_pid: the node whose task is paired with the shadow",
)  # fmt: skip
mail = state("mail", Task, of=Mail, start=Mail.none, doc="the shadow's mailbox")
sender = state("sender", Task, of=maybe(Kernel), start=nothing, doc="who sent what is in it")
known = state(
    "known", Kernel, of=Bool, start=False,
    doc="remote_tgids: the origin knows the node's worker",
)  # fmt: skip
peer = state("peer", Kernel, of=Peer, start=Peer.joined, doc="what the origin knows of the node")
stale = state(
    "stale", Task, of=Bool, start=False,
    doc="history: the thread went on at the origin with registers other than those it had last",
)  # fmt: skip

# --- on remotes ----------------------------------------------------------------------------------

remote = state(
    "remote", Task, Kernel, of=Remote, start=Remote.none, doc="the node's task for the thread"
)
worker = state("worker", Kernel, of=Worker, start=Worker.none, doc="the process's worker there")
work = state("work", Task, Kernel, of=Work, start=Work.none, doc="what is asked of the worker")
top = state("top", Kernel, of=maybe(Task), start=nothing, doc="the newest work on the list")
below = state(
    "below", Task, Kernel, of=maybe(Task), start=nothing, doc="the work that the list has below it"
)
stop_work = state(
    "stop_work", Kernel, of=Bool, start=False, doc="TASK_EXIT_ORIGIN is on the list of works"
)
under_stop = state(
    "under_stop", Kernel, of=maybe(Task), start=nothing, doc="the work that the list has below that"
)

# --- signals -------------------------------------------------------------------------------------

ending = state("ending", of=End, start=End.no, doc="whether the process as a whole is to end")
told = state("told", Task, of=Bool, start=False, doc="repaired: the shadow has passed a kill on")
doomed = state("doomed", Task, of=Bool, start=False, doc="a kill is pending for the remote task")


def has_shadow(t: Task) -> Bool:
    """Thread t is away, and its task at the origin serves it."""
    return home[t] == Home.shadow


def has_mm(t: Task) -> Bool:
    """Thread t's task at the origin uses the address space."""
    return home[t].among(Home.running, Home.shadow, Home.leaving)


def is_killed() -> Bool:
    """A kill is pending for all tasks at the origin."""
    return ending() == End.killed


def is_listed(t: Task, k: Kernel) -> Bool:
    """A work for thread t is on the list of node k's worker."""
    return work[t, k].among(Work.fork, Work.unmap)


def pushes_work(t: Task, k: Kernel, what: Work) -> tuple[e.Update, ...]:
    """A work for thread t goes to the head of node k's list; repaired, to its end."""
    return (
        put(work[t, k], what),
        only(IN_ORDER, "off", put(below[t, k], top[k]), put(top[k], t)),
        only(IN_ORDER, "on",
             given(top[k] == nothing)(put(top[k], t)),
             for_each(Task, lambda u: given(is_listed(u, k) & (below[u, k] == nothing))(
                 put(below[u, k], t)))),
    )  # fmt: skip


def pops_work(t: Task, k: Kernel) -> tuple[e.Update, ...]:
    """The worker of node k has taken the work for thread t from the head of its list."""
    return (put(work[t, k], Work.none), put(top[k], below[t, k]), put(below[t, k], nothing))


def forgets_works(k: Kernel) -> e.Update:
    """Node k's list of works goes, with whatever is on it."""
    return for_each(Task, lambda u: given(is_listed(u, k))(
        put(work[u, k], Work.none), put(below[u, k], nothing)))  # fmt: skip
