"""Who sent what to whom, where tasks are, and how a property stands, on traces made by hand."""

from dataclasses import replace

import pytest

from popcorn_checker.show.story import (
    get_active,
    get_arrows,
    get_changes,
    get_first_sentence,
    get_lane,
    get_loop_text,
    get_places,
    get_standing,
    get_step_tokens,
    join_cell,
    show_value,
    split_cell,
)
from popcorn_checker.trace import Event, Letter, Trace, TraceStep
from support.traces import GROUP_EXIT, LASSO, MIGRATION, make_busy

ABSENT = {"phase[t0,k0]": "absent", "phase[t1,k0]": "absent"}


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("phase[t0,k1]", ("phase", ("t0", "k1"))),
        ("owner[p0]", ("owner", ("p0",))),
        ("group_exits", ("group_exits", ())),
        ("odd[a][b]", ("odd[a]", ("b",))),
    ],
)
def test_a_cell_is_a_variable_and_an_index(cell: str, parts: tuple[str, tuple[str, ...]]) -> None:
    assert split_cell(cell) == parts
    assert join_cell(*parts) == cell


def test_values_read_as_people_write_them() -> None:
    letter = Letter("ask", (("task", "t0"), ("latest", True), ("from", None)))
    assert show_value((letter, 3)) == "[ask(task=t0, latest=yes, from=none), 3]"
    assert show_value(()) == "[]"


def test_the_first_sentence_ends_where_the_next_begins() -> None:
    doc = "Calls do_exit(0), e.g. in a shadow.\n  Then it waits. And dies."
    assert get_first_sentence(doc) == "Calls do_exit(0), e.g. in a shadow."


def test_a_step_is_on_the_lane_that_it_names_first() -> None:
    assert get_lane(MIGRATION, MIGRATION.steps[0]) == "k0"  # and d=k1 comes later
    assert get_lane(MIGRATION, TraceStep("tick")) is None


def test_a_step_without_a_task_is_about_the_task_in_its_message() -> None:
    assert get_step_tokens(MIGRATION, MIGRATION.steps[3]) == ("t0",)
    assert get_step_tokens(LASSO, LASSO.steps[3]) == ()


def test_each_message_joins_the_steps_that_sent_and_took_it() -> None:
    found = [(a.sent, a.taken, a.source, a.target) for a in get_arrows(MIGRATION)]
    assert found == [
        (1, 2, "k0", "k1"),
        (3, 4, "k1", "k0"),
        (5, 7, "k1", "k0"),
        (5, 6, "k1", "k2"),
        (6, 8, "k2", "k1"),
        (7, 10, "k0", "k1"),
        (9, None, "k0", "k1"),
        (11, 12, "k1", "k0"),
    ]
    assert [a.item for a in get_arrows(MIGRATION) if a.taken is None] == [GROUP_EXIT]


def test_equal_messages_are_taken_in_the_order_in_which_they_were_sent() -> None:
    ping = Letter("ping")
    events = [Event("send", "ring", ("k0",), ping)] * 2 + [Event("take", "ring", ("k0",), ping)] * 2
    queues: list[tuple[Letter, ...]] = [(), (ping,), (ping, ping), (ping,), ()]
    trace = Trace(
        *("", "", {}, {}),
        states=tuple({"ring[k0]": queue} for queue in queues),
        steps=tuple(TraceStep("move", events=(event,)) for event in events),
        sorts={"Kernel": ("k0",)},
        lanes="Kernel",
    )
    assert [(a.sent, a.taken) for a in get_arrows(trace)] == [(1, 3), (2, 4)]


def test_a_message_may_wait_from_the_start() -> None:
    first = get_arrows(make_busy(8, 2))[0]
    assert (first.sent, first.source, first.target, first.taken) == (None, None, "k0", 3)


def test_a_queue_that_the_events_explain_is_no_change() -> None:
    assert list(get_changes(MIGRATION, 1)) == ["phase[t0,k0]", "visited[t0,k0]", "hops[t0]"]
    assert get_changes(MIGRATION, 12) == {}
    silent = replace(MIGRATION.steps[11], events=())
    trace = replace(MIGRATION, steps=(*MIGRATION.steps[:11], silent))
    assert list(get_changes(trace, 12)) == ["ring[k0]"]


def test_a_task_is_wherever_its_label_says_so() -> None:
    assert get_places(MIGRATION, 0) == {("t0", "k0"): "running", ("t1", "k0"): "running"}
    assert get_places(MIGRATION, 2)["t0", "k1"] == "importing"
    assert ("t0", "k2") not in get_places(MIGRATION, 12)


def test_a_task_does_its_work_where_the_first_labels_say_so() -> None:
    assert get_active(MIGRATION) == {"running"}
    late = replace(MIGRATION, states=({**MIGRATION.states[0], **ABSENT}, *MIGRATION.states[1:]))
    assert get_active(late) == {"running", "shadow"}
    assert get_active(replace(MIGRATION, where="")) == set()


def test_a_trace_may_have_its_own_word_for_absent() -> None:
    trace = replace(MIGRATION, meta={"absent": ["shadow"]})
    assert ("t0", "k0") not in get_places(trace, 1)


def test_where_may_be_a_map_from_tasks_to_kernels() -> None:
    trace = replace(MIGRATION, where="next_kernel")
    assert get_places(trace, 4) == {("t0", "k1"): ""}


@pytest.mark.parametrize(
    ("trace", "number", "standing"),
    [
        (MIGRATION, 0, "not yet violated"),
        (MIGRATION, 11, "not yet violated"),
        (MIGRATION, 12, "violated here"),
        (LASSO, 1, "not yet violated"),
        (LASSO, 2, "violated here, in the loop"),
        (LASSO, 5, "violated here, in the loop"),
        (replace(MIGRATION, meta={"outcome": "reached"}), 12, "reached here"),
        (replace(MIGRATION, property=""), 12, ""),
    ],
)
def test_a_property_stands_at_each_step(trace: Trace, number: int, standing: str) -> None:
    assert get_standing(trace, number) == standing


@pytest.mark.parametrize(
    ("loop", "text"),
    [
        (None, ""),
        (0, "Back to the first state: steps 1 to 5 repeat for ever."),
        (2, "Back to the state after step 2: steps 3 to 5 repeat for ever."),
        (4, "Back to the state after step 4: step 5 repeats for ever."),
        (5, "From here on nothing changes any more, for ever."),
    ],
)
def test_a_loop_says_what_repeats(loop: int | None, text: str) -> None:
    assert get_loop_text(replace(LASSO, loop=loop)) == text
