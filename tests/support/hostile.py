"""Adapters that mean harm, or are badly broken: `python hostile.py MODE`.

They say hello like others and then do what the mode says; `early` modes do so before, and `late-`
ones do as the reference does up to the order LATE, and complain on stderr before they misbehave.
"""

from __future__ import annotations

import json
import os
import sys
import time

LATE = 4
HELLO = {"version": 1, "name": "hostile", "capabilities": ["migration", "pages", "clone", "exit"]}


def misbehave(mode: str, seq: int) -> None:
    """The answer to an order."""
    right = json.dumps({"seq": seq})
    out = sys.stdout.buffer
    match mode:
        case "silent":
            time.sleep(60)
        case "dies":
            sys.exit(7)
        case "killed":
            os.abort()
        case "twice":
            print(right, right, sep="\n")
        case "text":
            print("starting up...")
        case "binary":
            out.write(bytes(range(255, 127, -1)) + b"\n")
        case "endless":
            while True:
                out.write(b"x" * (1 << 16))
        case "lines":
            while True:
                out.write(b"{}\n" * (1 << 12))
        case "deep":
            out.write(b"[" * 500_000 + b"\n")
        case "sequence":
            print(json.dumps({"seq": seq + 1}))
        case "field":
            print(json.dumps({"seq": seq, "colour": "red"}))
        case "number":
            print(json.dumps({"seq": seq, "sends": [{"to": -1, "message": {"kind": "END"}}]}))
        case "kind":
            print(json.dumps({"seq": seq, "sends": [{"to": 0, "message": {"kind": "../../x"}}]}))
        case "closes":
            os.close(1)
            time.sleep(60)
        case "deafens":
            os.close(0)
            print(right, flush=True)
            time.sleep(60)
        case "odd":
            sys.stderr.write("\0\1\x1b[31m\uffff")
            print(json.dumps({"seq": seq, "result": "error", "text": "\0\1\x1b\uffff"}))
        case "forges":
            print(json.dumps({"seq": seq, "result": "error", "text": "no\nconforms     a/b/1"}))
        case "empty":
            print()
        case "unended":
            print(right, end="", flush=True)
            sys.exit(0)
        case "chatty":
            sys.stderr.write("s" * (1 << 22))
            print(right)
        case "liar":
            print(right)
    sys.stdout.flush()


def begin_well(mode: str) -> None:
    """Be the reference for a while."""
    from popcorn_reference.adapter import answer  # the others start faster without

    cluster = None
    for line in sys.stdin:
        seq = json.loads(line).get("seq")
        if seq == LATE:
            print("about to go wrong", "that was it", sep="\n", file=sys.stderr, flush=True)
            misbehave(mode, seq)
        elif json.loads(line)["cmd"] != "bye":
            said, cluster = answer(line, cluster)
            print(json.dumps(said), flush=True)


def be_one() -> None:
    """Be one kernel of several, and begin once."""
    has_begun = False
    for line in sys.stdin:
        order = json.loads(line)
        if order["cmd"] == "hello":
            print(json.dumps({**HELLO, "kernels": "one"}), flush=True)
        elif order["cmd"] != "bye":
            if has_begun and order["cmd"] == "reset":
                sys.exit(3)
            has_begun = True
            print(json.dumps({"seq": order["seq"]}), flush=True)


def main(mode: str) -> None:
    """Be told things, and misbehave."""
    if mode == "one":
        be_one()
        return
    if mode.startswith("late-"):
        begin_well(mode.removeprefix("late-"))
        return
    if mode == "early-silent":
        time.sleep(60)
    if mode == "early-deaf":
        os.close(0)
        time.sleep(60)
    if mode == "early-version":
        HELLO["version"] = 2
    if mode == "early-name":
        HELLO["name"] = "a\0\x1b\nb"
    if mode == "early-blank":
        HELLO["name"] = " "
    if mode == "early-greedy":
        HELLO["capabilities"] = ["migration", "pages", "migration"]
    if mode == "early-each":
        HELLO.update(level="program", kernels="one")
    for line in sys.stdin:
        order = json.loads(line)
        if order["cmd"] == "hello":
            print(json.dumps(HELLO), flush=True)
        elif order["cmd"] != "bye":
            misbehave(mode, order["seq"])


if __name__ == "__main__":
    main(sys.argv[1])
