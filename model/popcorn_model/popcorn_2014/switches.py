"""The choices of the protocol: configurations of the code, assumptions about the platform, repairs.

The default of each switch is the protocol as it was built (its third version, with the second
generation of hooks). A repair is off by default; the variant *repaired* turns all of them on.
"""

from popcorn_model.language import Repair, Switch

# --- assumptions about the platform ------------------------------------------------------------

PREEMPTION = Switch(
    "preemption", "off", "on", assumption=True,
    doc="Whether a kernel may run something else while a thread is inside kernel code. Off also "
    "stands for one processor per kernel.",
)  # fmt: skip
STRAY_WAKE_UPS = Switch(
    "stray_wake_ups", "never", "possible", assumption=True,
    doc="Whether something other than the protocol can wake a sleeping shadow.",
)  # fmt: skip
MEMBERSHIP = Switch(
    "membership", "all_up", "some_down", assumption=True,
    doc="Whether every kernel that a program may name has been booted.",
)  # fmt: skip
DISPATCH = Switch(
    "dispatch", "eager", "stepwise", assumption=True,
    doc="Eager: a message for a work queue that finds its ring empty is queued at once, which no "
    "handler can tell from the truth. Stepwise: the dispatcher moves each message.",
)  # fmt: skip
QUEUES = Switch(
    "queues", "single_server", "concurrent", assumption=True,
    doc="Whether a work queue runs one item at a time in order, or several at once in any order.",
)  # fmt: skip
CONTIGUITY = Switch(
    "contiguity", "never", "possible", assumption=True,
    doc="Whether frames of neighbouring pages may lie next to each other, as the allocator's luck "
    "has it: a run of such pages travels with one answer (prefetch), at most two pages here.",
)  # fmt: skip

# --- configurations of the code ----------------------------------------------------------------

DISPOSITION_DEFAULT = Switch(
    "disposition_default", "none", "exit",
    doc="What a shadow does that is woken without a disposition: return to user mode, or exit.",
)  # fmt: skip
HOME_TEST = Switch(
    "home_test", "init_task", "current",
    doc="Whose home decides that a last local exit may declare closure: the initial task's, as "
    "written, which is kernel 0; or that of the exiting task, as intended.",
)  # fmt: skip
LOCK = Switch(
    "lock", "heavy", "light", "none",
    doc="What the fault path takes: the lock of the whole address space, of one page, or none.",
)  # fmt: skip
AREA_LOCK = Switch(
    "area_lock", "as_faults", "heavy",
    doc="What area operations lock, if anything: as much as the fault path does, a range where it "
    "takes one page; or the whole address space, whatever faults take.",
)  # fmt: skip
VMA_ATOMIC = Switch(
    "vma_atomic", "on", "off",
    doc="Whether mmap, munmap, mprotect and mremap take the distributed lock.",
)  # fmt: skip

MPROTECT_LOCK = Switch(
    "mprotect_lock", "as_others", "page_by_page",
    doc="Whether mprotect locks what the other area operations lock, or one page after the other "
    "while it keeps those that it has, as in the first generation of hooks.",
)  # fmt: skip

EARLY_UNLINK = Switch(
    "early_unlink", "yes", "no",
    doc="Whether a query ends at the first answer with a frame, or waits for every kernel.",
)  # fmt: skip

PLACED = Switch(
    "placed", "before_work", "during_work",
    doc="In checks without migration: whether all tasks are on their kernels before any of them "
    "works, or a group may become distributed while some of its tasks work.",
)  # fmt: skip

# --- repairs -----------------------------------------------------------------------------------

INHERIT_FLAG = Repair(
    "inherit_flag", doc="A new thread inherits group id and distributed flag from its parent."
)
LIVE_LOOKUP = Repair(
    "live_lookup",
    doc="Looking for a group's address space skips tasks that have none any more, and takes a "
    "reference to what it finds in use.",
)
EXIT_COUNT = Repair(
    "exit_count",
    doc="Who is last on a kernel is decided by a count kept under the import semaphore, not by "
    "looking at other tasks' exit marks.",
)
STICKY_IMPORT = Repair(
    "sticky_import",
    doc="A kernel remembers that a group is dying; an import looks before it enters user mode.",
)
STICKY_RETURN = Repair(
    "sticky_return",
    doc="A kernel remembers that a group is dying; a returning thread looks as well.",
)
MEMBER_COUNT = Repair(
    "member_count",
    doc="The group's home kernel counts members, up before a new thread runs and down when a "
    "running incarnation exits; closure is declared there at zero.",
)
SLEEP_LOOP = Repair(
    "sleep_loop", doc="A shadow writes its state once, before sending, and sleeps until told why."
)
REFUSE_DOWN = Repair(
    "refuse_down", doc="Migration to a kernel that does not answer fails and the thread stays."
)
FRESH_IDS = Repair(
    "fresh_ids", doc="Group ids carry a generation: a recycled tgid does not make an old id again."
)
CLOSED_MARK = Repair(
    "closed_mark",
    doc="Closure marks the group closed and frees saved address spaces when no local task is "
    "left, under the import semaphore; it never waits.",
)

LOCK_ATOMIC = Repair(
    "lock_atomic",
    doc="One mutex per kernel is held from drawing a timestamp until the request is sent to all, "
    "and while another kernel's request is entered and acknowledged.",
)
QUIET_START = Repair(
    "quiet_start",
    doc="The first migration of a group waits until no thread of it works without the lock.",
)
RECORD_LOCK = Repair(
    "record_lock", doc="Acquire records whether it took a lock; release looks at the record."
)
RANGE_ONLY = Repair("range_only", doc="Several pages are always locked by one request.")
LOCK_ORDER = Repair(
    "lock_order", doc="Lock traffic has a work queue of its own that runs one item at a time."
)
YIELDING_SEND = Repair(
    "yielding_send", doc="A sender that meets a full ring lets its own kernel's dispatcher run."
)

THREAD_REPAIRS = (INHERIT_FLAG, LIVE_LOOKUP, EXIT_COUNT, STICKY_IMPORT, STICKY_RETURN,
                  MEMBER_COUNT, SLEEP_LOOP,
                  REFUSE_DOWN, FRESH_IDS, CLOSED_MARK)  # fmt: skip
LOCK_REPAIRS = (LOCK_ATOMIC, QUIET_START, RECORD_LOCK, RANGE_ONLY, LOCK_ORDER, YIELDING_SEND)

TWO_PHASE_UNMAP = Repair(
    "two_phase_unmap",
    doc="An unmap frees no frame before every kernel has unmapped: owners keep theirs until told.",
)
MOVE_COPIES = Repair(
    "move_copies",
    doc="mremap has the others unmap before it moves; it moves own frames and copies foreign ones.",
)
PROPAGATE_REMAPS = Repair(
    "propagate_remaps", doc="mremap tells the other kernels also when it shrinks or has a target."
)
PROBE_RANGE = Repair(
    "probe_range", doc="mmap asks the other kernels about the whole hole, not its first page only."
)
RECHECK_HOLE = Repair(
    "recheck_hole", doc="mmap looks at its own areas again once it has the lock."
)
PROBE_MOVE = Repair(
    "probe_move", doc="mremap asks about the hole that it moves to, as mmap does."
)
PROTECT_KNOWN = Repair(
    "protect_known", doc="mprotect changes the areas that a replica has, whichever these are."
)
COPY_COMMON = Repair(
    "copy_common", doc="A write fault on a present page copies a common frame, as Linux does."
)
BREAK_ALWAYS = Repair(
    "break_always",
    doc="What could be copied is copied before export, or for a child, also where its area may "
    "only be read.",
)
KEEP_IMPORTED = Repair(
    "keep_imported", doc="A frame of another kernel is passed on as it is, never copied."
)
LOCKED_IMPORT = Repair(
    "locked_import", doc="The import takes the fault lock to fetch the mapping of the stack."
)
LOCKED_RUNS = Repair(
    "locked_runs", doc="Of a run, only pages are mapped whose lock the asking thread holds."
)
FORK_FETCHES = Repair(
    "fork_fetches",
    doc="fork in a distributed group takes the lock and fetches what the parent's replica lacks.",
)
FORK_SPARES_SHARED = Repair(
    "fork_spares_shared",
    doc="fork leaves the parent's entry read-only where others than the child read its frame.",
)

MEMORY_REPAIRS = (TWO_PHASE_UNMAP, MOVE_COPIES, PROPAGATE_REMAPS, PROBE_RANGE, RECHECK_HOLE,
                  PROBE_MOVE, PROTECT_KNOWN, COPY_COMMON, BREAK_ALWAYS, KEEP_IMPORTED,
                  LOCKED_IMPORT, LOCKED_RUNS, FORK_FETCHES, FORK_SPARES_SHARED)  # fmt: skip
