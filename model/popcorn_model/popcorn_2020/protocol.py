"""The protocol: its parts put together, its variants, and the sizes it is checked at by default.

A part lists its state, its messages, its actions and its properties, and is checked alone with
``--parts``, together with the parts that it needs. What the others keep stands still then.
"""

from popcorn_model.language import Part, Protocol, Variant, View
from popcorn_model.language.protocol import Sizes
from popcorn_model.popcorn_2020 import switches
from popcorn_model.popcorn_2020.area_parts import VMA
from popcorn_model.popcorn_2020.copies import pte
from popcorn_model.popcorn_2020.futexes import FUTEX
from popcorn_model.popcorn_2020.pages import PAGES
from popcorn_model.popcorn_2020.placement import PLACEMENT
from popcorn_model.popcorn_2020.remaps import REMAPS
from popcorn_model.popcorn_2020.sorts import Kernel, Page, Place, Task
from popcorn_model.popcorn_2020.tasks import TASKS
from popcorn_model.popcorn_2020.thread_parts import SIGNALS, THREADS
from popcorn_model.popcorn_2020.thread_properties import settled
from popcorn_model.popcorn_2020.transport import TRANSPORT

PARTS: tuple[Part, ...] = (
    TRANSPORT, TASKS, PLACEMENT, THREADS, SIGNALS, VMA, PAGES, FUTEX, REMAPS,
)  # fmt: skip

SCOPE: Sizes = {
    "kernels": 3,
    "tasks": 2,
    "pages": 1,
    "places": 2,
    "crowds": lambda s: s["places"],
    "channel_slots": lambda s: 2 * s["tasks"] + 1,
}

PROTOCOL = Protocol(
    name="popcorn-2020",
    doc="Popcorn Linux 2020: an origin per process, page copies with owners, fault handles.",
    parts=PARTS,
    switches=switches.SWITCHES,
    variants={
        "as-built": Variant("The port to Linux 5.2, commit 769cb15e.", switches.LINUX_5_2),
        "as-built-4.4": Variant("An early version on Linux 4.4, 2017.", switches.LINUX_4_4),
        "as-built-5.2": Variant("The port to Linux 5.2, commit 769cb15e.", switches.LINUX_5_2),
        "as-built-rfc": Variant("What was mailed to linux-kernel in 2020.", switches.RFC),
        "repaired": Variant("Every known defect repaired.", switches.REPAIRED),
    },
    scope=SCOPE,
    ends=settled,
    view=View(lanes=Kernel, tokens=Task, where=None, pages=(pte,)),
    interchangeable=(Kernel, Task, Page, Place),
)
