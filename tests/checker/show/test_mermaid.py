"""A trace as a Mermaid diagram: arrows, notes, the frame of the verdict, and nothing unescaped."""

import re
from dataclasses import replace

import pytest

from popcorn_checker.show import to_mermaid
from popcorn_checker.show.mermaid import escape
from popcorn_checker.trace import Event, Trace, TraceStep
from support.traces import LASSO, MIGRATION, make_busy

STORY = """\
sequenceDiagram
    title popcorn-2014 as-built: task_is_somewhere violated
    participant k0
    participant k1
    participant k2
    k0->>k1: 1 migrate_first_time: clone_request(task=t0, source=k0, epoch=1)
    Note over k1: 2 begin_import(t=t0, k=k1), takes clone_request
    k1->>k0: 3 finish_import: pairing(task=t0, at=k1)
    Note over k0: 4 pair(k=k0), takes pairing
    k1->>k0: 5 fault: mapping_request(task=t0, page=p0, source=k1)
    k1->>k2: 5: mapping_request(task=t0, page=p0, source=k1)
    Note over k2: 6 answer_mapping, takes mapping_request
    k2->>k1: 6: mapping_response(page=p0, source=k2, present=no)
"""

ENDING = """\
    rect rgba(214, 40, 40, 0.18)
        Note over k0: 12 drop_back_migration(k=k0), takes back_migration
        Note over k0,k2: task_is_somewhere violated<br/>t0 is a shadow on k1, has exited on k0, \
and no message<br/>carries it.
    end
"""

LOOP = """\
    Note over k1: 2 lock_page(t=t1, k=k1)
    loop for ever
        k0->>k1: 3 ask_owner: page_request(page=p0, source=k0)
        Note over k1: 4 refuse, takes page_request
        k1->>k0: 4: page_busy(page=p0, source=k1)
        rect rgba(214, 40, 40, 0.18)
            Note over k0: 5 try_again(t=t0, k=k0), takes page_busy
"""

LINE = re.compile(
    r"sequenceDiagram|title [^;#]*|participant \w+( as .+)?|\w+->>\w+: .+|Note over \w+(,\w+)?: .+"
    r"|loop for ever|rect rgba\([\d., ]+\)|end"
)


def test_messages_are_arrows_and_the_rest_are_notes() -> None:
    diagram = to_mermaid(MIGRATION)
    assert diagram.startswith(STORY)
    assert diagram.endswith(ENDING)


def test_a_lasso_is_a_loop() -> None:
    diagram = to_mermaid(LASSO)
    assert LOOP in diagram
    assert diagram.endswith("        end\n    end\n")


@pytest.mark.parametrize("loop", [None, 0, 2, 4, 5])
def test_every_frame_is_closed_and_every_line_is_known(loop: int | None) -> None:
    lines = [line.strip() for line in to_mermaid(replace(LASSO, loop=loop)).splitlines()]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    opened = sum(line.startswith(("loop", "rect")) for line in lines)
    assert opened == lines.count("end") == (1 if loop in (None, 5) else 2)


def test_a_step_of_no_lane_is_a_note_over_all() -> None:
    assert "    Note over k0,k2: 10 all_at_once(), sends a_request_with_a_long_name to ring\n" in (
        to_mermaid(make_busy(12, 3))
    )


def test_a_queue_of_no_lane_is_told_in_a_note() -> None:
    step = TraceStep("log", (("k", "k0"),), events=(Event("send", "journal", (), "line"),))
    states = ({"journal": ()}, {"journal": ("line",)})
    trace = Trace("", "", {}, {}, states, (step,), {"Kernel": ("k0",)}, lanes="Kernel")
    assert "Note over k0: 1 log(k=k0), sends line to journal\n" in to_mermaid(trace)


def test_what_mermaid_would_read_as_syntax_is_escaped() -> None:
    assert escape("a;b#c<d>%%e\nf") == "a#59;b#35;c#60;d#62;#37;#37;e f"


def test_long_labels_are_cut_before_they_are_escaped() -> None:
    assert escape(";" * 200) == "#59;" * 89 + "…"


def test_a_lane_may_be_called_like_a_word_of_mermaid() -> None:
    states = ({"x": 0}, {"x": 1})
    step = TraceStep("count", (("k", "end"),))
    sorts = {"Kernel": ("end", "a b; c")}
    diagram = to_mermaid(Trace("", "", {}, {}, states, (step,), sorts, lanes="Kernel"))
    assert "participant lane0 as end\n    participant lane1 as a b#59; c\n" in diagram
    assert "Note over lane0: 1 count(k=end)\n" in diagram


def test_a_trace_without_lanes_and_steps_is_still_a_diagram() -> None:
    trace = Trace("", "", {}, {}, ({"x": 1},), (), {}, property="never", reason="It is one.")
    assert "rect" in to_mermaid(trace)
    assert "participant system" in to_mermaid(trace)
