"""What is forgotten when a page is unmapped (zapped) on a node, or an address space goes.

Zapping is local: nobody is told. The page-table entry and the frame go, and with them what the
node's page info says: on a remote that it owns its copy, at the origin the directory's entry.
"""

from popcorn_model.language import expr as e
from popcorn_model.language import for_each, given, put
from popcorn_model.popcorn_2020.copies import distributed, fresh, mine, owner, pte
from popcorn_model.popcorn_2020.sorts import ORIGIN, Area, Kernel, Page, Pte
from popcorn_model.popcorn_2020.tasks import area


def zaps(p: Page, k: Kernel) -> tuple[e.Update, ...]:
    """Node k's page-table entry for a page is cleared, and its page info."""
    return (
        put(pte[p, k], Pte.none),
        put(fresh[p, k], False),
        put(mine[p, k], False),
        given(k == ORIGIN)(
            put(distributed[p], False), for_each(Kernel, lambda j: put(owner[p, j], False))
        ),
    )


def forgets_areas(k: Kernel) -> tuple[e.Update, ...]:
    """Node k's address space has no area."""
    return (for_each(Page, lambda p: put(area[p, k], Area.none)),)
