"""Consoles of kernels that do what the model does: each step of a random run as they print it.

A kernel prints what is in the table of kinds at the step that the code prints it at; this is the
other way round of what the rules of `popcorn_checker.consoles` read, and was written from the
source references of the actions, not from the rules.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from popcorn_checker.consoles.look import PARTS, PROTOCOL, get_model
from popcorn_checker.dmesg.framing import Stamp
from popcorn_checker.dmesg.rendering import render
from popcorn_checker.validating.moving import Machine
from popcorn_checker.validating.world import Marks, World
from popcorn_model.popcorn_2020.advice import ADVICE

__all__ = ["PARTS", "PROTOCOL", "Run", "simulate"]

NODES: Final = (0, 1, 2)
HANDLE: Final = "00000000350a4be7"
IP: Final = 0x401EFD
QUIET: Final = frozenset({
    "kill_process", "fail_to_build", "fail_to_allocate", "store", "clone_on_remote",
    "migrate_onward", "die_of_signal_64", "exit_group_on_remote", "exec_program",
    "call_brk", "fail_to_map", *(action.name for action in ADVICE),
})  # fmt: skip
"""Steps that are left out of runs: mishaps, or of which there are no lines here."""
SELDOM: Final = frozenset({"exit_at_origin", "exit_on_remote", "call_munmap"})
PTE: Final = {0: 0, 1: 0x64, 2: 0x25, 3: 0x67}
"""Flags of entries by the model's states: none, invalid, read, write."""

Line = tuple[int, str, str]
"""The kernel, who prints, and the text."""


@dataclass
class Run:
    """A run, and what the consoles of its nodes show."""

    world: World
    steps: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    pids: dict[tuple[int, int], int] = field(default_factory=dict)
    asked: set[tuple[int, int]] = field(default_factory=set)
    _count: int = 500

    def console(self, kernel: int, callers: bool = True) -> list[str]:
        """The lines of one node."""
        return [
            render_line(text, who if callers else None)
            for at, who, text in self.lines if at == kernel
        ]  # fmt: skip

    # --- names -----------------------------------------------------------------------------------

    def home(self, t: int) -> int:
        """The task of a thread at the origin."""
        return 100 + t

    def pid(self, t: int, k: int) -> int:
        """The task of a thread on a node."""
        return self.home(t) if k == 0 else self.pids.setdefault((t, k), self._next())

    def renew(self, t: int, k: int) -> None:
        """The thread has a new task on a remote."""
        self.pids[t, k] = self._next()

    def _next(self) -> int:
        self._count += 1
        return self._count

    def label(self, name: str, *index: int) -> str:
        """What is in a cell."""
        labels = self.world.machine.named[name].sort.labels
        return str(labels[self.world.get(name, *index)])

    def say(self, k: int, who: int, kind: str, **fields: Any) -> None:
        """A line on a node's console."""
        self.lines.append((k, str(who), f"{kind}|{fields!r}"))


def render_line(text: str, who: str | None) -> str:
    """A line as it stands on a console."""
    kind, fields = text.split("|", 1)
    return render(kind, eval(fields), Stamp(caller=f"T{who}" if who else None))


def worker(k: int) -> int:
    """The process's worker on a remote."""
    return 300 + k


def address(p: int) -> int:
    """Where a page is."""
    return 0x7FFF_F7FF_0000 + 0x1000 * p


def simulate(seed: int, steps: int, sizes: dict[str, int], variant: str = "as-built-5.2") -> Run:
    """A run of so many steps, each drawn from all that are possible."""
    model = get_model(variant)
    machine = Machine(model, {"places": 9, "channel_slots": 99, **sizes})
    run = Run(World(machine, Marks(), machine.start()))
    draw = random.Random(seed)
    run.world.fire("exec_program", (0,))
    for _ in range(steps):
        possible = list(_possible(run.world))
        if not possible:
            break
        names = sorted({name for name, _ in possible})
        chosen = draw.choices(names, [0.05 if name in SELDOM else 1 for name in names])[0]
        action, values = draw.choice([each for each in possible if each[0] == chosen])
        before = dict(run.world.cells)
        teller = TELLERS.get(action)
        early, late = teller if isinstance(teller, tuple) else (teller, None)
        if early is not None:
            early(run, *values)
        run.world.fire(action, values)
        if late is not None:
            late(run, *values)
        run.steps.append(f"{action}{values}")
        assert run.world.cells != before
    return run


def _possible(world: World) -> Iterator[tuple[str, tuple[int, ...]]]:
    for move in world.machine.moves.values():
        if move.name in QUIET:
            continue
        ranges = [range(world.machine.size(var.sort)) for var in move.action.params]
        for values in product(*ranges):
            if move.is_enabled(world.cells, *values) and _is_sane(world, move.name, values):
                yield move.name, values


def _is_sane(world: World, action: str, values: tuple[int, ...]) -> bool:
    """Programs touch what they have mapped, and unmap what they will not touch again."""
    if action in ("ask_for_area", "follow_fetch"):
        return bool(world.get("area", values[1], 0))
    if action == "call_munmap":
        return values[2] == 0 and any(world.get("known", k) for k in (1, 2))
    return action not in ("call_mmap", "call_mprotect")


# --- threads -------------------------------------------------------------------------------------


def _migrate(run: Run, t: int, k: int) -> None:
    run.say(0, run.home(t), "migrate", pid=run.home(t), node=NODES[k])


def _queue_clone(run: Run, t: int, k: int) -> None:
    if run.label("worker", k) == "none":
        run.say(k, worker(k), "worker_for", pid=worker(k), peer_pid=run.home(0), peer_node=0)


def _build(run: Run, k: int) -> None:
    run.say(k, worker(k), "worker_runs", pid=worker(k), path="/bin/mt")


def _fork(run: Run, t: int, k: int) -> None:
    run.renew(t, k)
    q = run.pid(t, k)
    run.say(k, q, "thread_started", pid=q, peer_pid=run.home(t), peer_node=0)


def _pair(run: Run, t: int, k: int) -> None:
    q = run.pid(t, k)
    run.say(k, q, "migrated", pid=q, node=NODES[k], peer_pid=run.home(t), peer_node=0)


def _migrate_back(run: Run, t: int, k: int) -> None:
    run.say(k, run.pid(t, k), "migrate", pid=run.pid(t, k), node=0)


def _exited(run: Run, k: int, pid: int, code: int, is_worker: bool = False) -> None:
    side = "remote" if k else "local"
    run.say(k, pid, "exited", pid=pid, side=side, worker=is_worker, code=code)


def _resume(run: Run, t: int) -> None:
    sender = run.world.get("sender", t)
    run.say(0, run.home(t), "back", pid=run.home(t), peer_pid=run.pid(t, sender),
            peer_node=NODES[sender])  # fmt: skip


def _leave(run: Run, t: int) -> None:
    _exited(run, 0, run.home(t), 0)
    alive = [u for u in range(run.world.machine.sizes["tasks"])
             if run.label("home", u) in ("running", "shadow", "leaving")]  # fmt: skip
    for k in range(1, run.world.machine.sizes["kernels"]):
        if alive == [t] and run.world.get("known", k):
            run.say(0, run.home(t), "terminate", peer_pid=worker(k), peer_node=NODES[k], code=0)


def _follow(run: Run, t: int) -> None:
    if run.world.get("sender", t) == run.world.get("link", t):
        run.say(0, run.home(t), "remote_exit", pid=run.home(t), code=0)
        _leave(run, t)


# --- areas ---------------------------------------------------------------------------------------


def _ask_area(run: Run, t: int, p: int, k: int) -> None:
    q = run.pid(t, k)
    run.say(k, q, "area_fault", pid=q, addr=address(p) + 0x308, ip=IP)
    run.say(k, q, "area_ask", pid=q, page=address(p), peer_pid=run.home(t), peer_node=0)


def _follow_area(run: Run, t: int, p: int, k: int) -> None:
    q = run.pid(t, k)
    run.say(k, q, "area_fault", pid=q, addr=address(p) + 0x10, ip=IP)
    run.say(k, q, "area_pended", pid=q, page=address(p))


def _answer_area(run: Run, t: int, p: int, k: int) -> None:
    if run.label("area", p, 0) != "none":
        run.say(0, run.home(t), "area_info", pid=run.home(t), start=address(p),
                end=address(p + 1), flags=0x100073)  # fmt: skip


def _install(run: Run, t: int, p: int, k: int) -> None:
    q = run.pid(t, k)
    if run.label("got", t) != "none":
        run.say(k, q, "area_nearest", pid=q, start=0, page=address(p))


def _call_munmap(run: Run, t: int, k: int, p: int) -> None:
    if k:
        q = run.pid(t, k)
        run.say(k, q, "call_munmap", pid=q, start=address(p), bytes=0x1000)


def _call_mmap(run: Run, t: int, k: int) -> None:
    if k:
        q = run.pid(t, k)
        run.say(k, q, "call_mmap", pid=q, start=0, end=0x1000, prot=3, flags=0x22)


def _tell(run: Run, t: int, k: int) -> None:
    p = run.world.get("about", t)
    run.say(0, run.home(t), "munmap_tell", pid=run.home(t), peer_pid=worker(k),
            peer_node=NODES[k], start=address(p), bytes=0x1000)  # fmt: skip


def _begin_unmap(run: Run, t: int, k: int) -> None:
    p = run.world.get("about", t)
    run.say(k, worker(k), "call_taken", pid=worker(k), call="munmap", start=address(p),
            bytes=0x1000)  # fmt: skip


def _lower(run: Run, t: int, p: int, k: int) -> None:
    run.say(k, worker(k), "call_done", pid=worker(k), call="munmap", result=0)


def _begin_for_remote(run: Run, t: int, k: int) -> None:
    p = run.world.get("about", t)
    start = 0 if p is None else address(p)
    run.say(0, run.home(t), "call_taken", pid=run.home(t), call=run.label("operation", t),
            start=start, bytes=0x1000)  # fmt: skip


def _done_for_remote(run: Run, t: int, *_: int) -> None:
    if run.world.get("at", t):
        call = run.label("operation", t)
        run.say(0, run.home(t), "call_done", pid=run.home(t), call=call, result=0)


def _answered(run: Run, t: int, k: int) -> None:
    p = run.world.get("about", t)
    start = 0 if p is None else address(p)
    run.say(k, run.pid(t, k), "area_reply", pid=run.pid(t, k), result=0, start=start,
            end=start + 0x1000)  # fmt: skip


# --- pages ---------------------------------------------------------------------------------------


def _fault(run: Run, t: int, p: int, k: int, a: int) -> int:
    q = run.pid(t, k)
    run.say(k, q, "page_fault", pid=q, addr=address(p), access="RW"[a - 1], ip=IP, flags=0x55,
            pte=PTE[run.world.get("pte", p, k)])  # fmt: skip
    return q


def _open(run: Run, t: int, p: int, k: int, a: int) -> None:
    q = _fault(run, t, p, k, a)
    run.say(k, q, "taken", pid=q, page=address(p), handle=HANDLE)


def _follow_handle(run: Run, t: int, p: int, k: int, a: int) -> None:
    q = _fault(run, t, p, k, a)
    run.say(k, q, "joined", pid=q, page=address(p), handle=HANDLE)


def _wait(run: Run, t: int, p: int, k: int, a: int) -> None:
    q = _fault(run, t, p, k, a)
    run.say(k, q, "waits", pid=q, handle=HANDLE)


def _ask(run: Run, t: int, p: int, k: int) -> None:
    q = run.pid(t, k)
    run.say(k, q, "page_ask", pid=q, peer_pid=run.home(t), peer_node=0, page=address(p), ip=IP)


def _finish(run: Run, t: int, p: int, k: int) -> None:
    """After the step: whether the handle is closed."""
    kind = "closed" if run.label("handle", p, k) == "free" else "left"
    run.say(k, run.pid(t, k), kind, pid=run.pid(t, k), page=address(p), handle=HANDLE)


def _reply(run: Run, t: int, p: int, k: int) -> None:
    result = {"data": 0, "stale": 0, "grant": 0x4000, "retry": 0x400}.get(
        run.label("reply", p, k), 2
    )
    run.say(k, 99, "page_reply", pid=run.pid(t, k), peer_pid=run.home(t), peer_node=0,
            page=address(p), result=result)  # fmt: skip


def _left_follower(run: Run, t: int, p: int, k: int) -> None:
    q = run.pid(t, k)
    if k:
        run.say(k, q, "woken", pid=q, page=address(p), handle=HANDLE)
    else:
        run.say(k, q, "woken_at_origin", pid=q, page=address(p), foreign=False, handle=HANDLE)


def _server(p: int, k: int) -> int:
    """The kworker that serves a node's request for a page."""
    return 1000 + 10 * p + k


def _asker(run: Run, p: int, k: int) -> int:
    """The thread that waits for the answer to a node's request."""
    for t in range(run.world.machine.sizes["tasks"]):
        is_there = run.world.get("touched", t) == p and run.world.get("at", t) == k
        if is_there and run.label("doing", t) == "asking":
            return t
    raise AssertionError("a request that nobody has made")


def _serve(run: Run, p: int, k: int) -> None:
    """A worker at the origin looks at a request, for the first time or again."""
    if (p, k) not in run.asked:
        run.asked.add((p, k))
        t = _asker(run, p, k)
        access = "W" if run.label("request", p, k) == "write" else "R"
        run.say(0, _server(p, k), "page_asked", pid=run.home(t), page=address(p), access=access,
                ip=IP, peer_pid=run.pid(t, k), peer_node=NODES[k])  # fmt: skip


def _touch(run: Run, p: int, k: int) -> None:
    _serve(run, p, k)
    t = _asker(run, p, k)
    run.say(0, _server(p, k), "touched", pid=run.home(t))


def _serve_here(run: Run, p: int, k: int, *_: int) -> None:
    _serve(run, p, k)
    t = _asker(run, p, k)
    origin = run.world.get("owner", p, 0) or not run.world.get("distributed", p)
    run.say(0, _server(p, k), "taken_for", pid=run.home(t), origin=origin,
            remote=run.world.get("owner", p, k), handle=HANDLE)  # fmt: skip


def _revokes(run: Run, p: int, who: int, pid: int) -> None:
    for j in range(1, run.world.machine.sizes["kernels"]):
        if run.world.get("awaited", p, j):
            if run.label("recall", p, j) == "invalidate":
                run.say(0, who, "revoke", pid=pid, page=address(p), peer_pid=worker(j),
                        peer_node=NODES[j])  # fmt: skip
            else:
                run.say(0, who, "page_ask", pid=pid, peer_pid=worker(j), peer_node=NODES[j],
                        page=address(p), ip=IP)  # fmt: skip


def _served(run: Run, p: int, k: int, *_: int) -> None:
    _revokes(run, p, _server(p, k), run.home(_asker(run, p, k)))


def _park(run: Run, p: int, k: int) -> None:
    _serve(run, p, k)
    run.say(0, _server(p, k), "waits", pid=run.home(_asker(run, p, k)), handle=HANDLE)


def _retry(run: Run, p: int, k: int) -> None:
    _serve(run, p, k)
    run.asked.discard((p, k))
    t = _asker(run, p, k)
    run.say(0, _server(p, k), "page_answer", pid=run.home(t), peer_pid=run.pid(t, k),
            peer_node=NODES[k], result=0x400)  # fmt: skip


def _reply_to(run: Run, p: int, k: int) -> None:
    run.asked.discard((p, k))
    t = _asker(run, p, k)
    kind = "closed" if run.label("handle", p, 0) == "free" else "left"
    run.say(0, _server(p, k), kind, pid=run.home(t), page=address(p), handle=HANDLE)
    result = 0x4000 if run.label("reply", p, k) == "grant" else 0
    run.say(0, _server(p, k), "page_answer", pid=run.home(t), peer_pid=run.pid(t, k),
            peer_node=NODES[k], result=result)  # fmt: skip


def _drop(run: Run, t: int, p: int) -> None:
    _fault(run, t, p, 0, 2)
    run.say(0, run.home(t), "taken_at_origin", pid=run.home(t), page=address(p), foreign=False,
            handle=HANDLE)  # fmt: skip


def _claim(run: Run, t: int, p: int, a: int, _: int) -> None:
    _fault(run, t, p, 0, a)
    run.say(0, run.home(t), "taken_at_origin", pid=run.home(t), page=address(p), foreign=True,
            handle=HANDLE)  # fmt: skip


def _asks_others(run: Run, t: int, p: int, *_: int) -> None:
    _revokes(run, p, run.home(t), run.home(t))


def _usual(run: Run, t: int, p: int, a: int) -> None:
    _fault(run, t, p, 0, a)
    kind = "fresh" if run.label("pte", p, 0) == "none" else "not_shared"
    run.say(0, run.home(t), kind, pid=run.home(t))


def _collect(run: Run, p: int, k: int) -> None:
    if run.label("answer", p, k) in ("data", "stale", "failure"):
        pid = _claimant(run, p)
        result = 2 if run.label("answer", p, k) == "failure" else 0
        run.say(0, 98, "page_reply", pid=pid, peer_pid=worker(k), peer_node=NODES[k],
                page=address(p), result=result)  # fmt: skip


def _claimant(run: Run, p: int) -> int:
    """The task at the origin that leads its handle, or in whose name a worker does."""
    j = run.world.get("serves", p)
    return run.home(_asker(run, p, j if j is not None else 0))


def _done_at_origin(run: Run, t: int, p: int) -> None:
    _finish(run, t, p, 0)


def _dropper(p: int, k: int) -> int:
    return 2000 + 10 * p + k


def _invalidate(run: Run, p: int, k: int) -> None:
    pid = _claimant(run, p)
    who = _dropper(p, k)
    run.say(k, who, "invalidate", pid=worker(k), page=address(p), peer_pid=pid, peer_node=0)


def _invalidate_now(run: Run, p: int, k: int) -> None:
    _invalidate(run, p, k)
    run.say(k, _dropper(p, k), "invalidate_free", pid=worker(k), page=address(p))
    _acked(run, p, k)


def _acked(run: Run, p: int, k: int) -> None:
    run.say(k, _dropper(p, k), "invalidated", pid=worker(k), peer_pid=_claimant(run, p),
            peer_node=0)  # fmt: skip


def _defer(run: Run, p: int, k: int) -> None:
    _invalidate(run, p, k)
    run.say(k, _dropper(p, k), "joined", pid=worker(k), page=address(p), handle=HANDLE)


def _at_last(run: Run, p: int, k: int) -> None:
    run.say(k, _dropper(p, k), "taken", pid=worker(k), page=address(p), handle=HANDLE)
    _acked(run, p, k)


def _serve_remote(run: Run, p: int, k: int) -> None:
    access = "W" if run.label("recall", p, k) == "write" else "R"
    run.say(k, _dropper(p, k), "page_asked", pid=worker(k), page=address(p), access=access,
            ip=IP, peer_pid=_claimant(run, p), peer_node=0)  # fmt: skip


def _sent(run: Run, p: int, k: int) -> None:
    kind = "closed" if run.label("handle", p, k) == "free" else "left"
    who = _dropper(p, k)
    run.say(k, who, kind, pid=worker(k), page=address(p), handle=HANDLE)
    run.say(k, who, "page_answer", pid=worker(k), peer_pid=_claimant(run, p), peer_node=0,
            result=0)  # fmt: skip


Teller = Callable[..., None]
TELLERS: Final[dict[str, Teller | tuple[Teller | None, Teller]]] = {
    "migrate": _migrate,
    "queue_clone": _queue_clone,
    "build_address_space": _build,
    "fork_thread": _fork,
    "pair": _pair,
    "migrate_back": _migrate_back,
    "end_parked": lambda run, t, k: _exited(run, k, run.pid(t, k), 0x40),
    "resume": _resume,
    "exit_at_origin": _leave,
    "obey_at_origin": _leave,
    "follow_into_exit": _follow,
    "exit_on_remote": lambda run, t, k: _exited(run, k, run.pid(t, k), 0),
    "obey_on_remote": lambda run, t, k: _exited(run, k, run.pid(t, k), 0),
    "stop_worker": lambda run, k: run.say(k, worker(k), "terminated", pid=worker(k), code=0),
    "end_worker": lambda run, k: _exited(run, k, worker(k), 0, is_worker=True),
    "ask_for_area": _ask_area,
    "follow_fetch": _follow_area,
    "answer_about_area": _answer_area,
    "install_area": _install,
    "call_munmap": _call_munmap,
    "call_mmap": _call_mmap,
    "tell_node": _tell,
    "begin_unmap": _begin_unmap,
    "lower_for_origin": _lower,
    "begin_for_remote": _begin_for_remote,
    "lower_at_origin": _done_for_remote,
    "map_for_call": _done_for_remote,
    "take_answer": _answered,
    "open_handle": _open,
    "follow_handle": _follow_handle,
    "wait_for_handle": _wait,
    "ask_origin": _ask,
    "map_page": (_reply, _finish),
    "take_grant": (_reply, _finish),
    "back_off": (_reply, _finish),
    "leave_handle": (_left_follower, _finish),
    "touch_first": _touch,
    "serve_here": (_serve_here, _served),
    "serve_by_claim": (_serve_here, _served),
    "park_request": _park,
    "refuse_request": _retry,
    "give_up_on_semaphore": _retry,
    "reply_to_request": (None, _reply_to),
    "drop_other_copies": (_drop, _asks_others),
    "claim_page": (_claim, _asks_others),
    "fault_as_usual": _usual,
    "collect_answer": _collect,
    "map_at_origin": (None, _done_at_origin),
    "invalidate": _invalidate_now,
    "defer_invalidation": _defer,
    "invalidate_at_last": _at_last,
    "serve_page": _serve_remote,
    "send_page": (None, _sent),
}
"""Index: actions; what is printed before the step, or before and after it."""
