"""Tables of a model: state, messages, switches, labels, and the page that holds them all."""

import pytest

from popcorn_model.language import ModelError
from popcorn_model.language.tables import (
    columns,
    diff_models,
    message_lines,
    message_rows,
    model_text,
    state_lines,
    state_table,
    switch_lines,
)
from support.ownership import PROTOCOL

MODEL = PROTOCOL.configured("repaired")


def test_columns_are_aligned_and_not_padded_at_the_end() -> None:
    assert columns([("a", "bb", "c"), ("aaa", "b", "")]) == ["a    bb  c", "aaa  b"]


def test_state_variables_show_their_start() -> None:
    lines = state_lines(MODEL)
    assert any("at[t: Task, k: Kernel]" in x and "k = home" in x for x in lines)
    assert any("hold[Page, Kernel]" in x and "none" in x for x in lines)
    assert any("inbox[Kernel]" in x and "up to slots of Wire" in x for x in lines)
    assert any("wishes[Kernel]" in x and "requests of one kernel" in x for x in lines)


def test_messages_know_their_senders_and_readers() -> None:
    rows = {r.kind.name: r for r in message_rows(MODEL)}
    assert rows["revoke"].senders == ("serve",)
    assert rows["revoke"].readers == ("let_go",)
    assert "home wants a page back" in "\n".join(message_lines(MODEL))
    assert message_lines(PROTOCOL.configured("repaired", parts=["moves"])) == []


def test_switches_show_their_value_and_say_what_is_assumed() -> None:
    lines = switch_lines(PROTOCOL.switches, MODEL)
    assert any(x.startswith("WAIT") and "  on  " in x for x in lines)
    assert any(x.startswith("ORDER") and "Assumption: messages arrive in order" in x for x in lines)
    assert any("  off  " in x for x in switch_lines(PROTOCOL.switches))


def test_a_state_table_says_what_each_label_allows() -> None:
    table = state_table(MODEL, "hold")
    none = {x.action: x for x in table.entries["none"]}
    owned = {x.action: x for x in table.entries["owned"]}
    assert none["ask"].guarded
    assert none["ask"].to == ("asked",)
    assert "ask" not in owned
    assert owned["let_go"].to == ("none",)
    assert not owned["let_go"].guarded
    assert "  owned: it has the copy and may write" in table.lines()


def test_a_state_table_needs_labels() -> None:
    with pytest.raises(ModelError, match="these are: hold"):
        state_table(MODEL, "serving")


def test_a_model_fits_on_one_page() -> None:
    text = model_text(MODEL)
    for word in ("WAIT is on", "State", "Messages", "Actions", "Properties", "A run may end"):
        assert word in text
    assert text.count("    when\n") == len(MODEL.actions)


def test_models_differ_where_the_repair_is() -> None:
    text = diff_models(PROTOCOL.configured("as-built"), MODEL)
    assert text.count("+++") == 1
    assert "+        for every Kernel j: not waits[p, j]" in text
    assert diff_models(MODEL, MODEL).strip() == ""
