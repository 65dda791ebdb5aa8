"""How popcorn-2020 looks to a program, which is to take it for one kernel.

What is mapped is what any node lets a thread have, or will by an answer that is on its way. So a
call that takes something away counts when the last node has done it, and one that gives something
when the first has; from then on its thread waits for the answer. An exit counts when the shadow
follows. A thread on its way between two nodes, or in a fault, waits.

Where tasks come and go and nobody says whether they live (`placement`), all of them do.
"""

from dataclasses import replace

from popcorn_model.language import FALSE, Bool, every, ite, some
from popcorn_model.language.refinement import Refinement, does, shows
from popcorn_model.popcorn_2020 import areas, tasks
from popcorn_model.popcorn_2020.areas import got, operation
from popcorn_model.popcorn_2020.copies import fresh, is_readable, pte
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.sorts import (
    ORIGIN,
    Area,
    Home,
    Kernel,
    Operation,
    Page,
    Pte,
    Remote,
    Task,
    Worker,
)
from popcorn_model.popcorn_2020.sorts import Call as Progress
from popcorn_model.popcorn_2020.tasks import area, at, runs
from popcorn_model.popcorn_2020.thread_states import home, is_killed, remote, worker
from popcorn_model.popcorn_2020.transport import channel
from popcorn_model.smp import program, protocol, sorts
from popcorn_model.smp.sorts import Call, Life, Rights, Running, Sight

# --- calls ---------------------------------------------------------------------------------------


def lets(p: Page, k: Kernel, what: Area) -> Bool:
    """Node k has the page in an area that says this, or in none and hears of one that does."""
    def hears(u: Task) -> Bool:
        asks = (at[u] == k) & (areas.about[u] == p)
        has_heard = (tasks.call[u] == Progress.installing) & (got[u] == what)
        told = channel[ORIGIN, k].holds(Wire.vma_info_response(task=u, area=what))
        return asks & (has_heard | told)

    here = (area[p, k] == what) | ((area[p, k] == Area.none) & some(Task, hears))
    return ((k == ORIGIN) | (worker[k] == Worker.serving)) & here


def is_taken(t: Task, what: Area) -> Bool:
    """The call of thread t takes this away."""
    return (what == Area.write) | (operation[t] != Operation.mprotect)


def is_begun(t: Task, p: Page) -> Bool:
    """The origin has done its part of thread t's call about page p, and tells other nodes."""
    tells = (areas.about[t] == p) & (tasks.call[t] == Progress.telling)
    kept = (area[p, ORIGIN] == Area.read) & is_taken(t, Area.read)
    return tells & (area[p, ORIGIN] != Area.write) & ~kept


def is_in_force(t: Task, p: Page) -> Bool:
    """Nobody can use any more what is taken away; what is moved, the origin has had alone."""
    def kept(k: Kernel) -> Bool:
        return lets(p, k, Area.write) | (is_taken(t, Area.read) & lets(p, k, Area.read))

    return is_begun(t, p) & ((operation[t] == Operation.mremap) | ~some(Kernel, kept))


def is_answered(t: Task) -> Bool:
    """An answer to thread t's call is on its way."""
    return some(Kernel, lambda k: channel[ORIGIN, k].holds(Wire.vma_op_response(task=t))
                | channel[ORIGIN, k].holds(Wire.futex_response(task=t)))  # fmt: skip


def is_done(t: Task) -> Bool:
    """Thread t is in no call, or what it has called for has been done."""
    returning = tasks.call[t].among(Progress.finishing, Progress.woken)
    return is_answered(t) | returning | some(Page, lambda p: is_in_force(t, p))


def grows(t: Task) -> Bool:
    """Thread t lets its heap grow, as built on a remote."""
    return (operation[t] == Operation.brk) & (at[t] != ORIGIN)


@shows(program.call, Task)
def call(t: Task) -> Call:
    """What a thread has called. To fetch an area is no call of a program."""
    waits = ite(tasks.call[t] == Progress.sleeping, Call.sleep, Call.futex_wait)
    names = {
        Operation.mmap: Call.mmap,
        Operation.munmap: Call.munmap,
        Operation.mprotect: Call.forbid,
        Operation.brk: ite(grows(t), Call.mmap, Call.munmap),
        Operation.mremap: Call.mremap,
        Operation.mmap_over: Call.mmap_over,
        Operation.futex_wait: waits,
        Operation.futex_wake: Call.futex_wake,
    }
    called = Call.none
    for what, name in names.items():
        called = ite(operation[t] == what, name, called)
    return ite(is_done(t), Call.none, called)


@shows(program.about, Task, Page)
def about(t: Task, p: Page) -> Bool:
    """The page that a call names; where memory is mapped the origin says."""
    unnamed = operation[t].among(Operation.none, Operation.mmap) | grows(t)
    return (areas.about[t] == p) & ~unnamed & ~is_done(t)


@shows(program.onto, Task, Page)
def onto(t: Task, p: Page) -> Bool:
    """Where a page moves to is for the origin to say."""
    return FALSE


@shows(program.mapped, Page)
def mapped(p: Page) -> Rights:
    """What some node lets a thread do."""
    def is_allowed(what: Area) -> Bool:
        return some(Kernel, lambda k: lets(p, k, what))

    anew = some(Task, lambda t: (operation[t] == Operation.mmap_over) & is_in_force(t, p))
    moved = some(Task, lambda t: (operation[t] == Operation.mremap) & is_begun(t, p))
    left = ite(is_allowed(Area.write), Rights.write,
               ite(is_allowed(Area.read), Rights.read, Rights.none))  # fmt: skip
    return ite(anew, Rights.write, ite(moved, Rights.none, left))


# --- threads -------------------------------------------------------------------------------------


def has_exited(t: Task) -> Bool:
    """The task at the origin is in exit, or gone."""
    return home[t].among(Home.leaving, Home.exited)


def is_unborn(t: Task) -> Bool:
    """The thread has no task, neither at the origin nor one that a remote has made without it."""
    return (home[t] == Home.unborn) & every(Kernel, lambda k: remote[t, k] != Remote.unlinked)


@shows(program.life, Task)
def life(t: Task) -> Life:
    """The tasks say who lives."""
    return ite(has_exited(t), Life.exited, ite(is_unborn(t), Life.unborn, Life.alive))


@shows(program.ending)
def ending() -> Bool:
    """The process is killed, or its last thread has exited."""
    over = every(Task, lambda t: has_exited(t) | is_unborn(t))
    return is_killed() | (some(Task, has_exited) & over)


def is_on(t: Task, k: Kernel) -> Bool:
    """A task of node k runs the thread, or will after a fault or a call."""
    at_home = (k == ORIGIN) & (home[t] == Home.running)
    return (at[t] == k) | (remote[t, k] == Remote.running) | at_home


@shows(program.running, Task)
def running(t: Task) -> Running:
    """On how many nodes it is; one that waits is on one at most."""
    twice = some(Kernel, lambda k: is_on(t, k)
                 & some(Kernel, lambda j: (j != k) & is_on(t, j)))  # fmt: skip
    once = some(Kernel, lambda k: runs(t, k))
    return ite(twice, Running.many, ite(once, Running.one, Running.none))


# --- memory --------------------------------------------------------------------------------------


@shows(program.sight, Task, Page)
def sight(t: Task, p: Page) -> Sight:
    """What the copy of its node holds."""
    def reads(k: Kernel) -> Bool:
        return runs(t, k) & (area[p, k] != Area.none) & is_readable(p, k)

    old = some(Kernel, lambda k: reads(k) & ~fresh[p, k])
    return ite(old, Sight.old, ite(some(Kernel, reads), Sight.last, Sight.none))


@shows(program.writable, Task, Page)
def writable(t: Task, p: Page) -> Bool:
    """Neither the copy of its node nor the area keeps it from writing."""
    def writes(k: Kernel) -> Bool:
        return runs(t, k) & (area[p, k] == Area.write) & (pte[p, k] == Pte.write)

    return some(Kernel, writes)


# --- steps ---------------------------------------------------------------------------------------

_EXIT = does("enter", "t", "exit").then("exit_alone", "t")
_FUTEX = (does("enter_about", "t", "futex_wait", "p"), does("enter_about", "t", "futex_wake", "p"))
_TAKE_AWAY = (does("unmap", "t", "p"), does("forbid", "t", "p"), does("map_over", "t", "p"))

WHOLE = Refinement(
    of=protocol.PROTOCOL,
    sorts={sorts.Task: Task, sorts.Page: Page},
    shown=(life, call, about, onto, mapped, ending, running, sight, writable),
    free=frozenset({"running", "sight", "writable"}),
    steps={
        "exec_program": (does("begin", "t"),),
        "clone_thread": (does("enter", "?u", "clone").then("clone", "?u", "t"),),
        "clone_on_remote": (does("enter", "?u", "clone").then("clone", "?u", "t"),),
        "exit_at_origin": (_EXIT,),
        "obey_at_origin": (does("die", "t"),),
        "follow_into_exit": (_EXIT, does("die", "t"), does("kill").then("die", "t")),
        "kill_process": (does("kill"),),
        "call_mmap": (does("enter", "t", "mmap"),),
        "call_brk": (does("enter", "t", "mmap"),),
        "call_munmap": (does("enter_about", "t", "munmap", "p"),),
        "call_shrink": (does("enter_about", "t", "munmap", "p"),),
        "call_mprotect": (does("enter_about", "t", "forbid", "p"),),
        "call_mremap": (does("enter_about", "t", "mremap", "p"),),
        "call_mmap_over": (does("enter_about", "t", "mmap_over", "p"),),
        "call_futex": _FUTEX,
        "map_for_call": (does("map_memory", "t", "p"),),
        "fail_to_map": (does("fail", "t"),),
        "lower_at_origin": _TAKE_AWAY,
        "lower_for_origin": _TAKE_AWAY,
        "map_over": (does("map_over", "t", "p"),),
        "move_at_origin": (does("move", "t", "p", "q"),),
        "move_here": (does("enter_about", "t", "mremap", "p").then("move", "t", "p", "q"),),
        "fail_to_move": (does("fail", "t"),),
        "miss_to_move": (does("fail", "t"),),
        "fall_asleep": (does("sleep", "t"),),
        "find_other_word": (does("fail", "t"),),
        "miss_word": (does("fail", "t"),),
        "wake_sleeper": (does("wake", "t", "u", "p"),),
        "wake_nobody": (does("wake_nobody", "t", "p"),),
        "interrupt_sleep": (does("give_up", "t"),),
    },
    parts=frozenset({"threads"}),
)  # fmt: skip


@shows(program.life, Task)
def lives(t: Task) -> Life:
    """All threads have been there for ever."""
    return Life.alive


PLACED = replace(
    WHOLE,
    shown=(lives, *(s for s in WHOLE.shown if s.state is not program.life.info)),
    given=frozenset({"life"}),
    parts=frozenset({"placement"}),
)

REFINEMENTS = (WHOLE, PLACED)
