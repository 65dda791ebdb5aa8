"""A trace as text: what a kernel engineer reads in a terminal."""

import re
from dataclasses import replace

import pytest

from popcorn_checker.show import to_text
from popcorn_checker.trace import Trace, TraceStep
from support.traces import LASSO, MIGRATION, make_busy

HEAD = """\
popcorn-2014 (as-built), 12 steps
  scope     kernels=3, tasks=2, pages=1, hops=3
  switches  preemption=on, ring_order=fifo; off: answer_back_migration, keep_shadow_on_exit
  violated  task_is_somewhere
            A task that has not exited runs on one kernel or is on its way to one.

   0  start
              phase: [t0,k0] running, [t1,k0] running, elsewhere absent
              copy: [p0,k0] exclusive, elsewhere invalid
              visited: no
              next_kernel: none
              answers: 0
              hops: 3
              group_exits: 1
   1  k0  t0  migrate_first_time(t=t0, k=k0, d=k1)
              A task leaves for a kernel it has never visited and leaves a shadow behind.
                sent clone_request(task=t0, source=k0, epoch=1) to ring[k1]
                phase[t0,k0]: running -> shadow
                visited[t0,k0]: no -> yes
                hops[t0]: 3 -> 2
   2  k1  t0  begin_import(t=t0, k=k1)
              The destination takes the request and starts to build the task.
                took clone_request(task=t0, source=k0, epoch=1) from ring[k1]
                phase[t0,k1]: absent -> importing
"""

TAIL = """\
  12  k0  t0  drop_back_migration(k=k0)
              The task that comes back finds no shadow, and its message is dropped in silence.
                took back_migration(task=t0, source=k1, epoch=2) from ring[k0]

   task_is_somewhere is violated.
   t0 is a shadow on k1, has exited on k0, and no message carries it.
"""


def test_a_story_reads_from_its_claim_to_its_reason() -> None:
    text = to_text(MIGRATION)
    assert text.startswith(HEAD)
    assert text.endswith(TAIL)


def test_variables_that_start_alike_share_a_line() -> None:
    states = ({"a[k0]": None, "b": None, "c": 1}, {"a[k0]": "k0", "b": "k0", "c": 2})
    text = to_text(Trace("", "", {}, {}, states, (TraceStep("go"),), {}))
    assert "   0  start\n      a, b: none\n      c: 1\n" in text


def test_every_step_is_numbered_once() -> None:
    numbers = re.findall(r"^ *(\d+)  k\d", to_text(MIGRATION), re.MULTILINE)
    assert numbers == [str(n) for n in range(1, 13)]


def test_a_lasso_shows_where_it_begins_and_that_it_never_ends() -> None:
    before, _, after = to_text(LASSO).partition("   the loop starts here\n")
    assert "2  k1  t1  lock_page" in before
    assert after.lstrip().startswith("3  k0  t0  ask_owner")
    assert "Back to the state after step 2: steps 3 to 5 repeat for ever." in after


def test_a_step_of_no_kernel_has_a_dash() -> None:
    assert "   1  -   -  all_at_once()\n" in to_text(make_busy(1, 2))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_asked(width: int) -> None:
    long = [line for line in to_text(MIGRATION, width=width).splitlines() if len(line) > width]
    assert long == []


def test_a_narrow_terminal_gets_all_the_words() -> None:
    assert to_text(MIGRATION, width=10).split() == to_text(MIGRATION, width=300).split()


def test_colour_adds_nothing_but_colour() -> None:
    coloured = to_text(MIGRATION, colour=True)
    assert "\x1b[1;31mtask_is_somewhere\x1b[0m" in coloured
    plain = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == to_text(MIGRATION).splitlines()


def test_a_goal_that_was_reached_is_not_called_violated() -> None:
    text = to_text(replace(MIGRATION, meta={"outcome": "reached"}))
    assert "  reached   task_is_somewhere\n" in text
    assert "violated" not in text


def test_a_state_alone_is_a_trace() -> None:
    trace = Trace("smp", "", {}, {}, ({"x": 1},), (), {}, property="never", reason="It is one.")
    assert to_text(trace) == (
        "smp, 0 steps\n  violated  never\n\n   0  start\n\n   never is violated.\n   It is one.\n"
    )


def test_a_trace_without_lanes_has_no_columns_for_them() -> None:
    states = ({"x": 0}, {"x": 1})
    text = to_text(Trace("", "", {}, {}, states, (TraceStep("count"),), {}))
    assert "   1  count()\n        x: 0 -> 1\n" in text
