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


def check_pages(judge: ProgramJudge, held: Iterable[wire.Held]) -> None:
    """One writer or many readers, and only what is mapped.

    A page that is being unmapped may be there until the call returns.

    Raises: Departure.
    """
    kernels: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for each in held:
        kernels[each.page][each.kernel] = each.access
    for page, has in sorted(kernels.items()):
        shown = "copies", "page", page
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


def check_places(
    placed: Iterable[wire.Placed], goals: Mapping[int, int], asked: Mapping[int, int]
) -> None:
    """Each thread runs in one place: the one that it has gone to last, if it has.

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
        right = [f"it has gone to kernel {goals[thread]}"]
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
