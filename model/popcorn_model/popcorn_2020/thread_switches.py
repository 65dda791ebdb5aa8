"""Choices that concern threads: what may go wrong around them, and repairs."""

from popcorn_model.language import Repair, Switch

# --- assumptions about the platform ------------------------------------------------------------

ARCH = Switch(
    "arch", "known", "late", assumption=True,
    doc="Whether each node knew the architecture of all others before the program began.",
)  # fmt: skip
PIDS = Switch(
    "pids", "fresh", "recycled", assumption=True,
    doc="Whether a process can get the number of one that is over at its origin, but not yet on "
    "other nodes.",
)  # fmt: skip
REGISTERS = Switch(
    "registers", "readable", "may_fault", assumption=True,
    doc="Whether the registers that a thread hands over to migrate can be read from its memory.",
)  # fmt: skip

# --- repairs -----------------------------------------------------------------------------------

BACK_TEST = Repair(
    "back_test",
    doc="A shadow that gets the registers of a task that it is not linked with goes on waiting.",
)
READ_TEST = Repair("read_test", doc="Migration with registers that cannot be read is refused.")
ANSWER_PAIRING = Repair(
    "answer_pairing", doc="A thread that is paired with a task which is gone is told to end."
)
REMOTE_CLONE = Repair("remote_clone", doc="clone on a remote is refused.")
ONWARD = Repair("onward", doc="Migration from a remote to another remote is refused.")
ARCH_TEST = Repair(
    "arch_test", doc="Migration to a node whose architecture is not known is refused."
)
REFUSE_CLONE = Repair(
    "refuse_clone", doc="A worker that cannot build the address space sends threads home."
)
IN_ORDER = Repair("in_order", doc="A worker takes the oldest work first, and not the newest.")
UNLIST = Repair(
    "unlist", doc="A process whose worker is to stop is not found by new requests any more."
)
EXIT_CODE = Repair(
    "exit_code", doc="Parked tasks are known by a flag, and not by an exit code that others use."
)
LAST_OUT = Repair(
    "last_out",
    doc="The exiting task that gives up the last use of the address space tells the other nodes.",
)
KILLS = Repair("kills", doc="A shadow for which a kill is pending passes it on to its thread.")
EXIT_GROUP = Repair(
    "exit_group", doc="A thread that exits on a remote says whether its whole group is to exit."
)

THREAD_REPAIRS = (
    BACK_TEST,
    READ_TEST,
    ANSWER_PAIRING,
    REMOTE_CLONE,
    ONWARD,
    ARCH_TEST,
    REFUSE_CLONE,
    IN_ORDER,
    UNLIST,
    EXIT_CODE,
    LAST_OUT,
    KILLS,
    EXIT_GROUP,
)

THREAD_ASSUMPTIONS = (ARCH, PIDS, REGISTERS)
