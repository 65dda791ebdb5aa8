"""What kernels print of threads: migration, exits, workers."""

from __future__ import annotations

from typing import Final

from support.consoles.run import NODES, Run, Tellers, worker


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


TELLERS: Final[Tellers] = {
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
    "end_worker": lambda run, k: _exited(run, k, worker(k), 0, is_worker=True),
    "stop_worker": lambda run, k: run.say(k, worker(k), "terminated", pid=worker(k), code=0),
}
