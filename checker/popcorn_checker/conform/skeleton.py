"""An adapter to begin with: it speaks the protocol of adapters, and can do nothing yet.

    popcorn-spec conform --skeleton python > adapter.py
    popcorn-spec conform -- python3 adapter.py

Claim in CAPABILITIES what your kernels can do, and have `obey` do it. What the lines say stands in
docs/adapters.md, and `popcorn-spec conform --schema` prints their JSON Schema.
"""

from __future__ import annotations

import json
import sys
from typing import Any

CAPABILITIES: list[str] = []  # migration, pages, clone, exit, areas, futex, fork, services


class Unsupported(Exception):
    """This is not there yet."""


class Kernels:
    """The kernels of one run, which know nothing of an earlier one."""

    def __init__(self, kernels: int, threads: int, pages: int) -> None:
        self.kernels, self.threads, self.pages = kernels, threads, pages

    def obey(self, order: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
        """Do what is told; what comes of it are messages, each to a kernel."""
        match order:
            case {"cmd": "begin", "to": kernel}:  # send it {"kind": "ANSWER", ...}
                raise Unsupported(f"a process begins, and its thread is to run on kernel {kernel}")
            case {"cmd": "stop", "kernel": kernel, "thread": thread, "call": call}:
                raise Unsupported(f"thread {thread} stops on kernel {kernel} and asks: {call}")
            case {"cmd": "deliver", "kernel": kernel, "message": message}:
                raise Unsupported(f"{message['kind']} arrives at kernel {kernel}")
            case _:
                raise Unsupported(f"{order['cmd']} is told to kernel {order['kernel']}")


def answer(kernels: Kernels, order: dict[str, Any]) -> dict[str, Any]:
    """What came of an order."""
    try:
        sends = [{"to": to, "message": message} for to, message in kernels.obey(order)]
    except Unsupported as why:
        return {"seq": order["seq"], "result": "unsupported", "text": str(why)}
    return {"seq": order["seq"], "sends": sends}


def main() -> None:
    """Answer each line with a line."""
    for line in sys.stdin:
        order = json.loads(line)
        match order:
            case {"cmd": "bye"}:
                return
            case {"cmd": "hello"}:
                said = {"version": 1, "name": "mine", "capabilities": CAPABILITIES}
            case {"cmd": "reset", "kernels": kernels, "threads": threads, "pages": pages}:
                run = Kernels(kernels, threads, pages)
                said = {"seq": order["seq"]}
            case _:
                said = answer(run, order)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
