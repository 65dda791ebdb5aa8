"""Stories and diagrams of runs, as they are written down."""

from __future__ import annotations

from typing import Any

from popcorn_checker.conform.cases import find_cases
from popcorn_checker.conform.report import tell_said, tell_sum, to_sequence
from popcorn_checker.conform.running import Grade, Outcome

RESET = {"cmd": "reset", "seq": 1, "kernels": 2, "threads": 1, "pages": 1}


def tick(seq: int, **said: Any) -> dict[str, Any]:
    return {"order": {"cmd": "tick", "seq": seq, "kernel": 0}, "reply": {"seq": seq, **said}}


def test_what_is_said_again_and_again_is_told_once() -> None:
    log = [*map(tick, range(1, 6)), tick(6, over=True), tick(7), tick(8)]
    assert list(tell_said(log, "")) == [
        '    --> {"cmd": "tick", "seq": 1, "kernel": 0}', '    <-- {"seq": 1}',
        "    ... and the same 4 times more",
        '    --> {"cmd": "tick", "seq": 6, "kernel": 0}', '    <-- {"seq": 6, "over": true}',
        '    --> {"cmd": "tick", "seq": 7, "kernel": 0}', '    <-- {"seq": 7}',
        '  * --> {"cmd": "tick", "seq": 8, "kernel": 0}', '  * <-- {"seq": 8}',
    ]  # fmt: skip
    assert list(tell_said([], "")) == []


def test_a_run_that_breaks_off_at_its_first_order_has_a_diagram() -> None:
    (case,) = find_cases(("migration/there/1",))
    broken = Outcome(case, Grade.BROKEN, "no answer", log=({"order": RESET, "reply": None},))
    assert to_sequence(broken).splitlines()[-4:] == [
        "    rect rgba(214, 40, 40, 0.18)",
        "    Note over k0: cmd reset, kernels 2, threads 1, pages 1",
        "    Note over k0: no answer", "    end",
    ]  # fmt: skip
    unborn = Outcome(case, Grade.BROKEN, "it cannot be started")
    assert "rect" not in to_sequence(unborn)
    assert "    end" not in to_sequence(unborn).splitlines()


def test_that_nothing_was_judged_is_told() -> None:
    (case,) = find_cases(("migration/there/1",))
    passed_over, conforms = (Outcome(case, g) for g in (Grade.UNSUPPORTED, Grade.CONFORMS))
    assert tell_sum([passed_over] * 7) == "7 unsupported: nothing was judged."
    assert tell_sum([passed_over, conforms]) == "1 conforms, 1 unsupported."
