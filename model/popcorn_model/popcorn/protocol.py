"""The protocol: its parts put together, and the sizes it is checked at by default."""

from popcorn_model.language import Protocol, Variant, View
from popcorn_model.popcorn.areas import AREAS
from popcorn_model.popcorn.directory import copy
from popcorn_model.popcorn.forks import FORK
from popcorn_model.popcorn.futexes import FUTEX
from popcorn_model.popcorn.pages import PAGES
from popcorn_model.popcorn.properties import settled
from popcorn_model.popcorn.services import SERVICES
from popcorn_model.popcorn.sorts import Kernel, Page, Task
from popcorn_model.popcorn.tasks import ORDER
from popcorn_model.popcorn.threads import THREADS

PROTOCOL = Protocol(
    name="popcorn",
    doc="One origin a process, which every thread asks: migration, pages, areas, futexes, the end.",
    parts=(THREADS, PAGES, AREAS, FUTEX, FORK, SERVICES),
    switches=(ORDER,),
    variants={"designed": Variant("As it is proved, and as the reference runs it.", {})},
    scope={"kernels": 2, "tasks": 2, "pages": 1},
    ends=settled,
    view=View(lanes=Kernel, tokens=Task, where=None, pages=(copy,)),
    interchangeable=(Kernel, Task, Page),
)
