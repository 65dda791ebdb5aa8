"""What lines about migration, exits and workers say in terms of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from popcorn_checker.consoles.line import ORIGIN, Printed, Ways, one, take
from popcorn_checker.validating.observing import Item, Keep, Need, Way

PARKED: Final = 0x40
"""The exit code of a remote task that has sent its thread home (TASK_PARKED)."""


def _migrate(x: Printed) -> Ways:
    """What is not refused, as a line would say, is done."""
    if x.is_unlinked:
        return one(x.need("remote", (x.t, x.k), "unlinked"))
    goal = x.names.kernel(x.number("node"))
    if x.names.is_refused(x.k, x.line) or goal is None or goal == x.k:
        return one(*x.runs(x.t))
    if x.is_origin:
        return one(*x.runs(x.t), take("migrate", x.t, goal))
    if goal == ORIGIN:
        return one(*x.runs(x.t), take("migrate_back", x.t, x.k))
    if "migrate_onward" in x.actions:
        return one(*x.runs(x.t), take("migrate_onward", x.t, x.k, goal))
    return one(*x.runs(x.t))


def _refused(x: Printed) -> Ways:
    return one(*x.runs(x.t))


def _resume(x: Printed) -> Ways:
    return one(x.need("home", (x.t,), "running"))


def _worker_begins(x: Printed) -> Ways:
    arriving = [t for t in x.threads if x.label("work", t, x.k) == "arriving"]
    if x.label("worker", x.k) == "none" and arriving:
        return [Way((take("queue_clone", t, x.k),)) for t in arriving]
    return one(x.need("worker", (x.k,), "starting", "serving"))


def _worker_runs(x: Printed) -> Ways:
    return one(take("build_address_space", x.k))


def _thread_started(x: Printed) -> Ways:
    named = (Need("pid", (x.t, x.k), (None,)), Keep("pid", (x.t, x.k), x.pid))
    return one(*named, *_queued(x), take("fork_thread", x.t, x.k))


def _queued(x: Printed) -> Iterator[Item]:
    """When the request to run a thread goes on the worker's list is not told: just now."""
    if x.label("work", x.t, x.k) == "arriving":
        yield take("queue_clone", x.t, x.k)


def _restored(x: Printed) -> Ways:
    if x.is_origin:
        return one(x.need("home", (x.t,), "shadow", "running"))
    return one(*x.is_task(x.t), x.need("remote", (x.t, x.k), "started"))


def _migrated(x: Printed) -> Ways:
    return one(*x.is_task(x.t), take("pair", x.t, x.k))


def _back(x: Printed) -> Ways:
    if x.j is None or x.j == ORIGIN:
        return f"there is no other node {x.line.fields['peer_node']}"
    if x.get("sender", x.t) is not None:
        return one(Need("sender", (x.t,), (x.j,)), take("resume", x.t))
    if x.j in x.observed:
        return one(take("resume", x.t))
    leaves = (take("migrate_back", x.t, x.j), take("leave_mail", x.t, x.j))
    return one(*x.arrives(x.t, x.j), *leaves, take("resume", x.t))


def _exited(x: Printed) -> Ways:
    if x.line.fields["worker"]:
        return one(take("end_worker", x.k))
    return _exited_at_home(x) if x.line.fields["side"] == "local" else _exited_away(x)


def _exited_at_home(x: Printed) -> Ways:
    """A thread of the origin exits; or a shadow, after its thread."""
    first = (Need("exit", (x.t,), (None,)), Keep("exit", (x.t,), True))
    if x.label("home", x.t) in ("leaving", "exited", "shadow"):
        return one(*first, x.need("home", (x.t,), "leaving", "exited"))
    return one(*first, take("exit_at_origin", x.t))


def _exited_away(x: Printed) -> Ways:
    gone = Keep("pid", (x.t, x.k), None)
    if x.is_unlinked:
        ended = Keep("ended", (x.t, x.k), x.line.number)
        return one(x.need("remote", (x.t, x.k), "unlinked"), ended)
    if x.number("code") == PARKED:
        ways = [Way((*x.is_task(x.t), take("end_parked", x.t, x.k), gone))]
        if "die_of_signal_64" in x.actions and x.label("remote", x.t, x.k) == "running":
            ways.append(Way((*x.is_task(x.t), take("die_of_signal_64", x.t, x.k), gone), lost=1))
        return ways
    if x.label("worker", x.k) == "stopping":  # which has killed all threads of its node
        return one(*x.is_task(x.t), x.need("remote", (x.t, x.k), "none"), gone)
    return one(*x.is_task(x.t), take("exit_on_remote", x.t, x.k), gone)


def _remote_exit(x: Printed) -> Ways:
    away = x.away(x.t)
    if x.get("sender", x.t) is not None or away is None:
        return one(take("follow_into_exit", x.t))
    leaves = (take("exit_on_remote", x.t, away), take("leave_mail", x.t, away))
    return one(*x.arrives(x.t, away), *leaves, take("follow_into_exit", x.t))


def _terminate(x: Printed) -> Ways:
    """The last task of the process at the origin has told the nodes that it knows."""
    if x.j is None:
        return f"there is no node {x.line.fields['peer_node']}"
    return one(Need("known", (x.j,), (False,)), Need("ending_told", (x.j,), (None,)),
               Keep("ending_told", (x.j,), True))  # fmt: skip


def _terminated(x: Printed) -> Ways:
    """All threads have exited at the origin, which nobody has seen if its lines are lacking."""
    if ORIGIN in x.observed or x.get("stop_work", x.k):
        return one(take("stop_worker", x.k))
    exits = (item for t in x.threads for item in x.exits(t))
    return one(*exits, take("take_termination", x.k), take("stop_worker", x.k))


RULES: Final[Mapping[str, Callable[[Printed], Ways]]] = {
    "migrate": _migrate,
    "migrate_nowhere": _refused,
    "migrate_here": _refused,
    "migrate_offline": _refused,
    "resume": _resume,
    "worker_for": _worker_begins,
    "worker_runs": _worker_runs,
    "thread_started": _thread_started,
    "restored_ip": _restored,
    "restored_sp": _restored,
    "restored_fs": _restored,
    "migrated": _migrated,
    "back": _back,
    "exited": _exited,
    "remote_exit": _remote_exit,
    "terminate": _terminate,
    "terminated": _terminated,
}
"""Index: kinds of lines."""
