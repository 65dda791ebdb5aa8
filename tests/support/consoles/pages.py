"""What kernels print of pages: faults, requests, recalls."""

from __future__ import annotations

from typing import Final

from support.consoles.run import HANDLE, IP, NODES, PTE, Run, Tellers, address, worker


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


def _refuse(run: Run, p: int, k: int, result: int) -> None:
    _serve(run, p, k)
    run.asked.discard((p, k))
    t = _asker(run, p, k)
    run.say(0, _server(p, k), "page_answer", pid=run.home(t), peer_pid=run.pid(t, k),
            peer_node=NODES[k], result=result)  # fmt: skip


def _retry(run: Run, p: int, k: int) -> None:
    _refuse(run, p, k, 0x400)


def _miss(run: Run, p: int, k: int) -> None:
    _refuse(run, p, k, 2)


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
    """Where the page is in no area there is nothing to be dropped, and that is acknowledged."""
    if run.label("area", p, k) != "none":
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


def _wait_to_serve(run: Run, p: int, k: int) -> None:
    """The request is printed again when it is looked at again."""
    _serve_remote(run, p, k)
    run.say(k, _dropper(p, k), "waits", pid=worker(k), handle=HANDLE)


def _nothing(run: Run, p: int, k: int) -> None:
    run.say(k, _dropper(p, k), "page_answer", pid=worker(k), peer_pid=_claimant(run, p),
            peer_node=0, result=2)  # fmt: skip


def _sent(run: Run, p: int, k: int) -> None:
    kind = "closed" if run.label("handle", p, k) == "free" else "left"
    who = _dropper(p, k)
    run.say(k, who, kind, pid=worker(k), page=address(p), handle=HANDLE)
    run.say(k, who, "page_answer", pid=worker(k), peer_pid=_claimant(run, p), peer_node=0,
            result=0)  # fmt: skip


TELLERS: Final[Tellers] = {
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
    "miss_area": _miss,
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
    "wait_to_serve": _wait_to_serve,
    "find_nothing_to_send": _nothing,
    "send_page": (None, _sent),
}
