"""Mutations: stable ids, readable sentences, and models that differ in exactly one place."""

import pytest

from popcorn_model import popcorn_2014
from popcorn_model.language import FALSE, TRUE, ModelError, Step, action, put, send, when
from popcorn_model.language import expr as e
from popcorn_model.language.history import is_record
from popcorn_model.language.mutate import (
    Mutation,
    all_guard_drops,
    all_message_changes,
    all_mutations,
    all_update_drops,
    drop_guard,
    drop_update,
    find_mutation,
    replace_field,
    replace_kind,
)
from popcorn_model.language.prose import guard_lines, update_lines
from popcorn_model.language.protocol import Model
from popcorn_model.language.walk import flat_updates
from support.ownership import HOME, PROTOCOL, Kernel, Page, Wire, inbox, waits

MODEL = PROTOCOL.configured("repaired")


def test_ids_are_unique_and_name_their_action() -> None:
    found = all_mutations(MODEL)
    assert len({m.id for m in found}) == len(found)
    assert all(m.id.startswith(m.action + "/") for m in found)
    assert len(list(all_guard_drops(MODEL))) == sum(len(a.guards) for a in MODEL.actions)


def test_a_dropped_guard_is_gone_and_nothing_else() -> None:
    wrong = find_mutation(MODEL, "give/guard2").apply(MODEL)
    assert guard_lines(wrong.action("give")) == ["serving[p] = k"]
    assert wrong.action("give").updates == MODEL.action("give").updates
    assert [a for a in wrong.actions if a.name != "give"] == [
        a for a in MODEL.actions if a.name != "give"
    ]


def test_a_dropped_guard_has_a_sentence() -> None:
    sentence = find_mutation(MODEL, "hop/guard2").sentence
    assert sentence == "hop does not ask whether k != d"


def test_an_update_is_dropped_at_any_depth() -> None:
    serve = MODEL.action("serve")
    assert "send revoke" not in "\n".join(update_lines(drop_update(serve, 3)))
    twice = drop_update(drop_update(serve, 4), 3)
    assert len(twice.updates) == 2, "an empty loop goes with its last update"


def test_spending_a_budget_is_no_part_of_the_protocol() -> None:
    ids = {m.id for m in all_update_drops(MODEL)}
    assert {"hop/update1", "hop/update2"} <= ids
    assert "hop/update3" not in ids


def test_a_record_of_history_is_no_part_of_the_protocol() -> None:
    model = popcorn_2014.PROTOCOL.configured("repaired", {}, ("threads", "lifetime"))
    exits = model.action("call_exit_group")
    recorded = {n for n, u in enumerate(flat_updates(exits.updates), start=1) if is_record(u)}
    assert len(recorded) == 1
    ids = {m.id for m in all_update_drops(model) if m.action == exits.name}
    assert not ids & {f"call_exit_group/update{n}" for n in recorded}


def test_another_kind_of_message() -> None:
    wrong = find_mutation(MODEL, "serve/update3/grant").apply(MODEL)
    assert "send grant(page=p) to inbox[j]" in "\n".join(update_lines(wrong.action("serve")))
    assert "sends grant in place of revoke" in find_mutation(MODEL, "serve/update3/grant").sentence


def test_another_field_of_a_message() -> None:
    ask = MODEL.action("ask")
    wrong = replace_field(ask, 2, "source", HOME.expr)
    assert "send ask(page=p, source=home) to inbox[home]" in update_lines(wrong)


def test_fields_are_swapped_with_parameters_of_their_sort() -> None:
    @action
    def tell(p: Page, j: Kernel, k: Kernel) -> Step:
        """One kernel asks in the name of another."""
        return when(j != k)(send(inbox[HOME], Wire.ask(page=p, source=j)))

    wrong = find_mutation(_with(tell), "tell/update1/source=k").apply(_with(tell))
    assert update_lines(wrong.action("tell")) == ["send ask(page=p, source=k) to inbox[home]"]
    assert [m.id for m in all_message_changes(_with(tell))] == [
        "tell/update1/gone",
        "tell/update1/source=k",
    ]


def _with(extra: object) -> Model:
    return MODEL.with_actions([extra])  # type: ignore[list-item]


@pytest.mark.parametrize("number", [0, 3])
def test_a_guard_that_is_not_there(number: int) -> None:
    with pytest.raises(ModelError, match=r"has 2 guards, none of number \d"):
        drop_guard(MODEL.action("give"), number)


def test_changes_that_make_no_sense_are_refused() -> None:
    ask = MODEL.action("ask")
    kinds = {k.name: k for k in Wire.info.kinds}
    with pytest.raises(ModelError, match="has 3 updates, none of number 9"):
        drop_update(ask, 9)
    with pytest.raises(ModelError, match="update 1 of action ask sends no message"):
        replace_kind(ask, 1, kinds["gone"])
    with pytest.raises(ModelError, match="message grant has other fields than ask"):
        replace_kind(ask, 2, kinds["grant"])
    with pytest.raises(ModelError, match="no field target; its fields: page, source"):
        replace_field(ask, 2, "target", HOME.expr)
    with pytest.raises(ModelError, match="field page is a Page"):
        replace_field(ask, 2, "page", HOME.expr)


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(ModelError, match=r"no mutation give/guard9 .*give/guard2"):
        find_mutation(MODEL, "give/guard9")


def test_a_mutation_that_the_language_refuses() -> None:
    @action
    def toss(p: Page, j: Kernel, k: Kernel) -> Step:
        """Two cells change, which the guard keeps apart."""
        return when(j != k)(put(waits[p, j], TRUE), put(waits[p, k], FALSE))

    mutation = next(all_guard_drops(_with(toss)))
    assert isinstance(mutation, Mutation)
    with pytest.raises(ModelError, match=r"mutation toss/guard1: .*may both write one cell"):
        mutation.apply(_with(toss))


def test_leaves_are_counted_as_they_are_printed() -> None:
    for each in MODEL.actions:
        numbered = [x for x in update_lines(each, numbered=True) if x.strip()[0].isdigit()]
        assert len(numbered) == sum(1 for _ in flat_updates(each.updates))
        assert isinstance(flat_updates(each.updates).__next__(), e.Update)
