"""The mutations that the design of popcorn-2020 lists for its pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from popcorn_checker.mutants import editing
from popcorn_checker.mutants.editing import (
    add_action,
    edit_action,
    edit_all,
    edits,
    instead_of_guard,
    param,
    remove_action,
    rewritten,
    widened,
    with_guard,
    with_updates,
    with_value,
    without_guard,
    without_put,
)
from popcorn_checker.mutants.planned import Planned
from popcorn_checker.mutants.writers_2020 import with_writers
from popcorn_model.language import (
    FALSE,
    Action,
    Bool,
    Fair,
    Step,
    action,
    any_of,
    count,
    every,
    ite,
    put,
    when,
)
from popcorn_model.language import expr as e
from popcorn_model.language.walk import flat_updates
from popcorn_model.popcorn_2020.conflicts import (
    Progress,
    Side,
    is_in_progress,
)
from popcorn_model.popcorn_2020.copies import distributed, is_at_origin, owner, pte
from popcorn_model.popcorn_2020.handles import is_free, is_to_write
from popcorn_model.popcorn_2020.messages import Answer, Recall, Reply, Request
from popcorn_model.popcorn_2020.origin_faults import awaited
from popcorn_model.popcorn_2020.origin_serving import is_taken_up, wants_to_write
from popcorn_model.popcorn_2020.page_traffic import answer, parked, recall, reply, request
from popcorn_model.popcorn_2020.sorts import ORIGIN, Access, Doing, Kernel, Page, Pte, Task

PAGES: Final = ("pages",)
ONE: Final = "kernels=2,tasks=1,pages=1"
TWO: Final = "kernels=2,tasks=2,pages=1"
THREE: Final = "kernels=3,tasks=2,pages=1"
CROWDED: Final = "kernels=2,tasks=3,pages=1"
COMPARED: Final = "kernels=3,tasks=1,pages=1"


def _p(a: Action) -> Page:
    return param(a, Page)


def _k(a: Action) -> Kernel:
    return param(a, Kernel)


# --- pieces --------------------------------------------------------------------------------------


def _is_blocked_by(progress: Progress) -> editing.Edit:
    """A request to write that finds this at the origin waits for its end in place of a retry."""

    def cell(a: Action) -> Bool:
        p, k = _p(a), _k(a)
        return (
            is_taken_up(p, k)
            & wants_to_write(p, k)
            & is_in_progress(p, ORIGIN, Side.ORIGIN, progress)
        )

    return edits(
        edit_action("refuse_request", with_guard(lambda a: ~cell(a))),
        edit_action("park_request", widened(cell, "handle")),
    )


def _stays_parked(a: Action) -> Action:
    """Requests that wait for a handle are not answered when it is closed."""

    def on(updates: tuple[e.Update, ...]) -> tuple[e.Update, ...]:
        return tuple(
            replace(u, updates=on(u.updates)) if isinstance(u, e.Each | e.When) else u
            for u in updates
            if not (isinstance(u, e.Each) and _is_about_parked(u))
        )

    return e_replace(a, on(a.updates))


def _is_about_parked(update: e.Each) -> bool:
    puts = (u for u in flat_updates(update.updates) if isinstance(u, e.Put))
    return any(put.target.state.name == "parked" for put in puts)


def _takes_parked(a: Action) -> Action:
    """A request is served when the page is free, also one that has waited for that."""
    p, k = _p(a), _k(a)
    waits = (request[p, k] != Request.none) & is_free(p, ORIGIN) & (pte[p, ORIGIN] != Pte.none)
    begun = instead_of_guard("parked", lambda _: waits)(a)
    return e_replace(begun, (*begun.updates, put(parked[p, k], FALSE)))


def e_replace(a: Action, updates: tuple[e.Update, ...]) -> Action:
    """The action with these updates."""
    return with_updates(lambda _: updates)(a)


def _nobody_waits(node: e.Expr) -> e.Expr:
    """No thread is taken for one that waits for a handle's end."""
    match node:
        case e.Equal(_, e.Read(_, state, _), right) if state.name == "doing" and (
            right == Doing.waiting.expr
        ):
            return e.NO
    return node


def _closes_at_once(a: Action) -> Action:
    """The leader frees the handle, whoever else holds it."""

    def on(update: e.Update) -> e.Update:
        match update:
            case e.When(_, inner, line) if any(
                isinstance(u, e.Put) and u.target.state.name == "handle" for u in inner
            ):
                return e.When(e.YES, inner, line)
        return update

    return e_replace(a, tuple(map(on, a.updates)))


@action(fair=Fair.WEAK)
def map_too_early(t: Task, p: Page, k: Kernel) -> Step:
    """The leader maps the frame before the page that has come is copied to it."""
    came = reply[p, k].among(Reply.data, Reply.stale)
    return when(came, k != ORIGIN, pte[p, k].among(Pte.none, Pte.invalid))(
        put(pte[p, k], ite(is_to_write(p, k), Pte.write, Pte.read))
    )


@action(fair=Fair.WEAK)
def collect_for_another(p: Page, q: Page, k: Kernel) -> Step:
    """An acknowledgement is counted at the station of another page's leader."""
    return when(answer[p, k] == Answer.ack, awaited[q, k], p != q, answer[q, k] == Answer.none)(
        put(answer[p, k], Answer.none), put(awaited[q, k], False)
    )


def _asks_source_only(a: Action) -> Action:
    """Only the node that is chosen to send the page is asked; other owners hear nothing."""
    source = a.params[-1]

    def on(update: e.Update) -> e.Update:
        match update:
            case e.Each(var, (e.When(_, inner, line),), outer) if any(
                isinstance(u, e.Put) and u.target.state.name == "recall" for u in inner
            ):
                return e.Each(var, (e.When(e.Equal(e.TRUTH, var, source), inner, line),), outer)
        return update

    return e_replace(a, tuple(map(on, a.updates)))


def _is_ack(p: Page, j: Kernel) -> Bool:
    return (recall[p, j] == Recall.invalidate) | (answer[p, j] == Answer.ack)


def _goes_on_with_page(a: Action) -> Bool:
    """Who has claimed a page to write it goes on when the page has come, with acks still due."""
    p = _p(a)
    asker = owner[p, _k(a)] if Kernel.info in {v.sort for v in a.params} else FALSE
    claimed = ~is_at_origin(p) & ~asker
    return every(Kernel, lambda j: ~awaited[p, j] | (claimed & _is_ack(p, j)))


def _one_is_enough(a: Action) -> Bool:
    """The station is taken to be complete when one answer is still due."""
    return count(Kernel, lambda j: awaited[_p(a), j]) <= 1


def _never_the_last(a: Action) -> Bool:
    """The station is never complete once something has been awaited."""
    p, k = _p(a), _k(a)
    return every(Kernel, lambda j: (j == k) | ~awaited[p, j])


def _follows_reader(a: Action) -> Bool:
    """A thread that wants to write follows one that reads."""
    p, k, access = _p(a), _k(a), param(a, Access)
    reading = (is_in_progress(p, k, side, Progress.LOCAL_READ) for side in Side)
    return (access == Access.write) & any_of(*reading)


def _is_origin(target: e.Read) -> bool:
    return isinstance(target.index[1], e.Named)


def _or_still(value: Pte, otherwise: Pte, a: Action) -> Pte:
    """What the origin's entry becomes: it keeps a writable one where it should not."""
    return ite(pte[_p(a), ORIGIN] == value, value, otherwise)


# --- the list ------------------------------------------------------------------------------------


def _planned(id: str, sentence: str, edit: editing.Edit, scope: str = TWO) -> Planned:
    return Planned(id, sentence, edit, scope, PAGES)


PLANNED: Final = (
    _planned("X1", "the origin answers a writer before all acknowledgements have come",
             edit_action("reply_to_request", without_guard("awaited")), THREE),
    _planned("X2", "a node acknowledges an invalidation and keeps its page mapped",
             edit_action("invalidate", without_put("pte"))),
    _planned("X4", "an invalidation does not look for an open handle",
             edit_action("invalidate", without_guard("handle"))),
    _planned("X5", "the origin keeps its own copy mapped when a remote writes",
             edit_action("reply_to_request", with_value("pte", lambda a: ite(
                 is_to_write(_p(a), ORIGIN), pte[_p(a), ORIGIN], Pte.read)))),
    _planned("X7", "the origin may still write a page that it shares",
             edit_action("reply_to_request", with_value("pte", lambda a: ite(
                 is_to_write(_p(a), ORIGIN), Pte.invalid, _or_still(Pte.write, Pte.read, a))))),
    _planned("X8", "the origin is no owner of a page that it has claimed to share",
             edit_action("reply_to_request", with_value("owner", lambda a: (
                 (owner[_p(a), ORIGIN] | ~distributed[_p(a)]) & ~is_to_write(_p(a), ORIGIN)),
                 _is_origin)), THREE),
    _planned("X9", "an owner that sends its page to be read may still write it",
             edit_action("send_page", with_value("pte", lambda a: ite(
                 is_to_write(_p(a), _k(a)), Pte.invalid, pte[_p(a), _k(a)])))),
    _planned("X10", "an owner that gives its page away to be written keeps it mapped",
             edit_action("send_page", with_value("pte", lambda a: ite(
                 is_to_write(_p(a), _k(a)), pte[_p(a), _k(a)], Pte.read)))),
    _planned("X11", "a page that was sent to be read is mapped to be written",
             edit_action("map_page", with_value("pte", lambda a: Pte.write))),
    Planned("X13", "readers are not told when a remote writes a page that the origin has",
            scope=THREE, parts=PAGES, wrong={"claim_local": "off"}),
    _planned("X14", "a request to write waits for the origin's own write fault",
             _is_blocked_by(Progress.LOCAL_WRITE)),
    _planned("X15", "a request to write waits for another remote's write",
             _is_blocked_by(Progress.REMOTE_WRITE), THREE),
    Planned("X16", "a request that has waited for a handle goes on waiting until the page is free",
            edits(edit_all(_stays_parked), edit_action("serve_here", _takes_parked),
                  edit_action("serve_by_claim", _takes_parked)), THREE, PAGES,
            asks=("every_fault_ends",)),
    _planned("X17", "a node serves a request while its own fault is open",
             edit_action("serve_page", without_guard("handle"))),
    _planned("X18", "leave to write goes to a node that has no copy",
             edit_action("reply_to_request", with_value("reply", lambda a: ite(
                 is_to_write(_p(a), ORIGIN), Reply.grant, Reply.data)))),
    Planned("X19", "who claims a page to write it asks nobody but the one that sends it",
            edits(edit_action("claim_page", _asks_source_only),
                  edit_action("serve_by_claim", _asks_source_only)), THREE, PAGES,
            same_at=COMPARED),
    Planned("X20", "who claims a page to write it goes on when the page has come",
            edits(edit_action("map_at_origin", instead_of_guard("awaited", _goes_on_with_page)),
                  edit_action("reply_to_request", instead_of_guard("awaited",
                                                                   _goes_on_with_page))),
            THREE, PAGES, same_at=COMPARED),
    _planned("X22", "the leader maps a page before its data is there",
             add_action("map_page", map_too_early)),
    _planned("X23", "a wait station counts one answer too few",
             edits(edit_action("map_at_origin", instead_of_guard("awaited", _one_is_enough)),
                   edit_action("reply_to_request", instead_of_guard("awaited", _one_is_enough)))),
    _planned("X24", "a wait station counts one answer too many",
             edit_action("collect_answer", with_value("awaited", _never_the_last))),
    _planned("X25", "an acknowledgement names another wait station",
             add_action("collect_answer", collect_for_another),
             "kernels=2,tasks=2,pages=2"),
    Planned("X26", "a wait station is used again while its answer may still come", scope=TWO,
            parts=PAGES, wrong={"stations": "give_up"}),
    _planned("X28", "a thread that wants to write follows one that reads",
             edit_action("follow_handle", widened(_follows_reader, "handle"))),
    _planned("X28b", "a handle takes any number of followers",
             edit_action("follow_handle", lambda a: without_put("joined")(
                 without_guard("joined")(a))), CROWDED),
    _planned("X29", "the leader frees a handle that followers still hold",
             edits(edit_action("map_page", _closes_at_once),
                   edit_action("back_off", _closes_at_once))),
    _planned("X30", "who closes a handle does not wake those who wait for that",
             edit_all(rewritten(_nobody_waits))),
    _planned("X31", "who closes a handle does not let an invalidation go on",
             remove_action("invalidate_at_last")),
    _planned("X32", "an invalidation that has waited forgets the node's own bit",
             edit_action("invalidate_at_last", without_put("mine"))),
    Planned("X34", "a thread that is told to try again does so at once",
            outside="time is not in the model: a thread may fault again at any moment, and no "
            "property says that a fault succeeds in the end"),
    Planned("X35", "a busy owner tells the origin to try again, and nobody looks",
            edit_action("wait_to_serve", with_updates(lambda a: (
                put(recall[_p(a), _k(a)], Recall.none),
                put(answer[_p(a), _k(a)], Answer.failure)))), TWO, PAGES,
            wrong={"pass_on_failure": "off"}),
    Planned("X36", "the origin does not answer a request while somebody waits to change areas",
            remove_action("give_up_on_semaphore"), CROWDED, (*PAGES, "writers"), with_writers),
    Planned("X37", "a page of code, or of a private file that is only read, is asked of the origin",
            outside="pages are those that the protocol is about: a fault on another is served by "
            "its node from the file, and nothing here tells one kind from the other"),
    _planned("X38", "throwing a page away leaves the origin's page information",
             edit_action("discard_everywhere", without_put("distributed"))),
    Planned("X39", "a remote that drops its memory leaves frames of invalid entries",
            outside="frames are not counted: an entry says whether there is one, and nobody else "
            "could get it"),
    Planned("X65", "a message is dropped when the ring is full", scope=TWO, parts=PAGES,
            wrong={"ring": "may_drop"}),
)  # fmt: skip
