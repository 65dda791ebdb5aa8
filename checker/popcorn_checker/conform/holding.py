"""What an implementation says of its page tables and threads, held against what is promised.

At the level of pages an implementation is driven as at that of programs, and tells besides which
kernels have which pages now, and where threads run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import UNSET

from popcorn_checker.conform import wire
from popcorn_checker.conform.explaining import Departure
from popcorn_checker.conform.program import ProgramJudge


def check_pages(judge: ProgramJudge, kernels: int, held: Iterable[wire.Held]) -> None:
    """One writer or many readers, and only what is mapped.

    A page that is being unmapped may be there until the call returns.

    Raises: Departure.
    """
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for each in held:
        if each.kernel in found[each.page]:
            seen = f"page {each.page} is told twice to be on kernel {each.kernel}"
            raise Departure(seen, ["it is told once for each"], ("copies", "page", each.page))
        found[each.page][each.kernel] = each.access
    for page, has in sorted(found.items()):
        shown = "copies", "page", page
        if max(has) >= kernels:
            seen = f"page {page} is on kernel {max(has)}"
            raise Departure(seen, [f"there are {kernels} kernels"], shown)
        writer = next((k for k, access in has.items() if access == "write"), None)
        if writer is not None and len(has) > 1:
            others = ", ".join(str(k) for k in sorted(has) if k != writer)
            raise Departure(
                f"kernel {writer} may write page {page}, which is on kernel {others}, too",
                ["one kernel may write it, or many may read it"], shown,
            )  # fmt: skip
        if page >= judge.machine.pages:
            right = [f"there are {judge.machine.pages} pages"]
            raise Departure(f"there is a page {page}", right, shown)
        rights = {judge.machine.rights(m.state, page) for m in judge.moments}
        if rights == {"none"}:
            raise Departure(f"page {page} is on kernel {min(has)}", ["it is mapped nowhere"], shown)
        if writer is not None and "write" not in rights:
            right = ["it may only be read"]
            raise Departure(f"kernel {writer} may write page {page}", right, shown)


def check_lives(judge: ProgramJudge, kernels: int, placed: Iterable[wire.Placed]) -> None:
    """Who runs is a thread that there is, on a kernel that there is.

    Who wants to exit is not told when that is done, and may be seen for as long as it takes.

    Raises: Departure.
    """
    machine = judge.machine
    for each in placed:
        if each.kernel >= kernels:
            right = f"there are {kernels} kernels"
        elif each.thread >= machine.threads:
            right = f"there are {machine.threads} threads"
        elif all(machine.is_unborn(m.state, each.thread) for m in judge.moments):
            right = "it has not been created"
        else:
            continue
        seen = f"thread {each.thread} runs on kernel {each.kernel}"
        raise Departure(seen, [right], ("places", "thread", each.thread))


def check_over(copies: Iterable[wire.Held], places: Iterable[wire.Placed]) -> None:
    """Nothing is left of a program that is over. Raises: Departure."""
    right = ["nothing is left of the program: it is over"]
    for held in copies:
        seen = f"page {held.page} is on kernel {held.kernel}"
        raise Departure(seen, right, ("copies", "page", held.page))
    for placed in places:
        seen = f"thread {placed.thread} runs on kernel {placed.kernel}"
        raise Departure(seen, right, ("places", "thread", placed.thread))


def check_places(
    placed: Iterable[wire.Placed], goals: Mapping[int, int], asked: Mapping[int, int]
) -> None:
    """Each thread runs in one place: where it was begun, or the one that it has gone to last.

    While it asks to go on to another it may be there already; `asked` says where.

    Raises: Departure.
    """
    found = [(each.thread, each.kernel) for each in placed]
    for thread, times in Counter(thread for thread, _ in found).items():
        if times > 1:
            where = " and ".join(str(k) for t, k in found if t == thread)
            seen = f"thread {thread} runs on kernels {where}"
            raise Departure(seen, ["it runs on one"], ("places", "thread", thread))
    for thread, kernel in found:
        if kernel in (goals.get(thread, kernel), asked.get(thread)):
            continue
        right = [f"it is on kernel {goals[thread]}: it was begun there, or has gone there"]
        if thread in asked:
            right.append(f"it is on kernel {asked[thread]}, to which it wants to go")
        seen = f"thread {thread} runs on kernel {kernel}"
        raise Departure(seen, right, ("places", "thread", thread))


def arrived(order_of: dict[int, wire.Do], reply: wire.ProgramReply) -> Iterator[tuple[int, int]]:
    """Threads that are through with a migration, and where they have gone."""
    for done in reply.done:
        order = order_of.get(done.thread)
        refused = isinstance(done.result, int) and done.result < 0
        if order is not None and order.op == "migrate" and order.goal is not UNSET and not refused:
            yield done.thread, order.goal
