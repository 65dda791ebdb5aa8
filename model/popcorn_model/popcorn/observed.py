"""How popcorn looks to a program: as one kernel does.

Faults and migrations are not calls of the program: a thread that is in one waits. A call is over
when the origin has done it, and its thread waits until the answer has arrived. Which page a fork is
at is not seen. What a thread can use is what the copies of its kernel allow.
"""

from popcorn_model.language import FALSE, Bool, every, ite, some
from popcorn_model.language.refinement import Refinement, does, shows
from popcorn_model.popcorn import tasks
from popcorn_model.popcorn.directory import area, copy, fresh
from popcorn_model.popcorn.sorts import Access, Call, Kernel, Life, Page, Task
from popcorn_model.popcorn.tasks import here, wants
from popcorn_model.smp import program, protocol, sorts


@shows(program.life, Task, of=Life)
def life(t: Task) -> Life:
    """The origin's list says who lives."""
    return tasks.life[t]


@shows(program.call, Task, of=Call)
def call(t: Task) -> Call:
    """What a thread asks for, but for faults and migrations."""
    return ite(tasks.call[t].among(Call.fault, Call.migrate), Call.none, tasks.call[t])


@shows(program.about, Task, Page)
def about(t: Task, p: Page) -> Bool:
    """The page that its question is about, where a program names one."""
    of_page = tasks.call[t].among(
        Call.mmap_over, Call.munmap, Call.forbid, Call.allow, Call.mremap, Call.futex_wait,
        Call.sleep, Call.futex_wake, Call.look, Call.fill,
    )  # fmt: skip
    return of_page & (wants[t, p] != Access.none)


@shows(program.onto, Task, Page)
def onto(t: Task, p: Page) -> Bool:
    """Where a page moves to is for the origin to say."""
    return FALSE


@shows(program.mapped, Page, of=Access)
def mapped(p: Page) -> Access:
    """The origin's areas."""
    return area[p]


@shows(program.ending)
def ending() -> Bool:
    """The origin has decided that the process ends."""
    return tasks.ending()


@shows(program.running, Task)
def running(t: Task) -> sorts.Running:
    """On how many kernels its context is."""
    once = some(Kernel, lambda k: here[t, k] & every(Kernel, lambda j: (j == k) | ~here[t, j]))
    never = every(Kernel, lambda k: ~here[t, k])
    return ite(never, sorts.Running.none, ite(once, sorts.Running.one, sorts.Running.many))


@shows(program.sight, Task, Page)
def sight(t: Task, p: Page) -> sorts.Sight:
    """What the copy of its kernel holds."""

    def reads(k: Kernel) -> Bool:
        return here[t, k] & (copy[p, k] != Access.none)

    old = some(Kernel, lambda k: reads(k) & ~fresh[p, k])
    return ite(old, sorts.Sight.old,
               ite(some(Kernel, reads), sorts.Sight.last, sorts.Sight.none))  # fmt: skip


@shows(program.writable, Task, Page)
def writable(t: Task, p: Page) -> Bool:
    """The copy of its kernel may be written."""
    return some(Kernel, lambda k: here[t, k] & (copy[p, k] == Access.write))


REFINEMENTS = (
    Refinement(
        of=protocol.PROTOCOL,
        sorts={
            sorts.Task: Task, sorts.Page: Page, sorts.Life: Life, sorts.Call: Call,
            sorts.Rights: Access,
        },
        shown=(life, call, about, onto, mapped, ending, running, sight, writable),
        free=frozenset({"running", "sight", "writable"}),
        steps={
            "exec_program": (does("begin", "t"),),
            "call_clone": (does("enter", "t", "clone"),),
            "call_exit": (does("enter", "t", "exit"),),
            "call_exit_group": (does("enter", "t", "exit_group"),),
            "call_fork": (does("enter", "t", "fork"),),
            "call_mmap": (does("enter", "t", "mmap"),),
            "call_on_page": (does("enter_about", "t", "what", "p"),),
            "call_futex": (does("enter_about", "t", "what", "p"),),
            "serve_clone": (does("clone", "t", "u"),),
            "refuse_clone": (does("fail", "t"),),
            "serve_exit": (does("exit_alone", "t"),),
            "serve_exit_group": (does("exit_all", "t"),),
            "drop_question": (does("die", "t"),),
            "close": (does("end"),),
            "serve_mmap": (does("map_memory", "t", "p"),),
            "refuse_mmap": (does("fail", "t"),),
            "serve_mmap_over": (does("map_over", "t", "p"),),
            "serve_munmap": (does("unmap", "t", "p"),),
            "serve_forbid": (does("forbid", "t", "p"),),
            "serve_allow": (does("allow", "t", "p"),),
            "serve_mremap": (does("move", "t", "p", "q"),),
            "refuse_mremap": (does("fail", "t"),),
            "fall_asleep": (does("sleep", "t"),),
            "find_other_word": (does("fail", "t"),),
            "miss_word": (does("fail", "t"),),
            "wake": (does("wake", "t", "u", "p"),),
            "wake_nobody": (does("wake_nobody", "t", "p"),),
            "serve_fork": (does("fork", "t"),),
            "call_memory": (does("enter_about", "t", "what", "p"),),
            "call_other": (does("enter", "t", "other"),),
            "serve_look": (does("answer", "t"),),
            "serve_fill": (does("answer", "t"),),
            "serve_other": (does("answer", "t"),),
            "give_up": (does("give_up", "t"),),
            "kill": (does("kill"),),
        },
    ),
)
