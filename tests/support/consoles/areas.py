"""What kernels print of areas, and of calls that change them."""

from __future__ import annotations

from typing import Final

from support.consoles.run import IP, NODES, Run, Tellers, address, worker


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


TELLERS: Final[Tellers] = {
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
}
