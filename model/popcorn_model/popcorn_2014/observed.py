"""How popcorn-2014 looks to a program, which is to take it for one kernel.

The program is the first one; those that it forks, and strangers, are none of its business. What a
page is mapped for is what the calls that have returned say, and while one changes it, what any
kernel's areas still allow. So a call counts when the last kernel has done what it takes away, or
the first what it gives; then its thread waits until all have answered. A thread counts as created
when clone returns, and as exited when its running incarnation begins to exit.
"""

from popcorn_model.language import Bool, every, ite, some
from popcorn_model.language.refinement import Refinement, does, shows
from popcorn_model.popcorn_2014 import frames, tasks
from popcorn_model.popcorn_2014.frames import owner, promise, pte, truth
from popcorn_model.popcorn_2014.lifetime import exit_called
from popcorn_model.popcorn_2014.membership import group_home, program
from popcorn_model.popcorn_2014.memory_sorts import Area, Doing, Promise, Stage
from popcorn_model.popcorn_2014.records import (
    doing,
    first,
    in_range,
    in_user_mode,
    last,
    mode,
    runs_in,
    stage,
)
from popcorn_model.popcorn_2014.sorts import (
    FIRST,
    Frame,
    Group,
    Inc,
    Kernel,
    Mm,
    Page,
    Program,
    Replica,
    Task,
)
from popcorn_model.popcorn_2014.sorts import Life as Lifetime
from popcorn_model.popcorn_2014.tasks import forking, group, inc, mm, mm_group, runs
from popcorn_model.smp import program as smp
from popcorn_model.smp import protocol, sorts
from popcorn_model.smp.sorts import Call, Life, Rights, Running, Sight

# --- threads -------------------------------------------------------------------------------------


def is_ours(g: Group) -> Bool:
    """Group g is the program's: that of the first thread, or the one that all are put into."""
    return (group[FIRST] == g) | ~group_home[g].exists


def belongs(t: Task) -> Bool:
    """Thread t is one of the program."""
    member = some(Group, lambda g: (group[t] == g) & is_ours(g))
    return member & (program[t] == Program.first)


@shows(smp.life, Task)
def life(t: Task) -> Life:
    """A thread lives once clone has returned, until it begins to exit."""
    made = every(Kernel, lambda k: inc[t, k] != Inc.embryo)
    lives = ite(made & (tasks.life[t] == Lifetime.living), Life.alive, Life.unborn)
    return ite(belongs(t), ite(tasks.life[t] == Lifetime.exited, Life.exited, lives), Life.unborn)


@shows(smp.ending)
def ending() -> Bool:
    """Some thread has called exit_group, or the last one has exited."""
    called = some(Group, lambda g: exit_called[g] & is_ours(g))
    gone = some(Task, lambda t: belongs(t) & (tasks.life[t] == Lifetime.exited))
    alive = some(Task, lambda t: belongs(t) & (tasks.life[t] == Lifetime.living)
                 & every(Kernel, lambda k: inc[t, k] != Inc.embryo))  # fmt: skip
    return called | (gone & ~alive)


@shows(smp.running, Task)
def running(t: Task) -> Running:
    """On how many kernels an incarnation executes; one that waits does on none."""
    twice = some(Kernel, lambda k: runs(t, k)
                 & some(Kernel, lambda j: (j != k) & runs(t, j)))  # fmt: skip
    once = some(Kernel, lambda k: in_user_mode(t, k))
    return ite(belongs(t), ite(twice, Running.many, ite(once, Running.one, Running.none)),
               Running.none)  # fmt: skip


# --- memory --------------------------------------------------------------------------------------


def is_left(g: Group, p: Page, what: Area) -> Bool:
    """Some replica of the group has the page in an area that says this."""
    def there(k: Kernel, r: Replica) -> Bool:
        return (mm_group[k, r] == g) & (mm[k, r] != Mm.none) & (frames.area[k, r, p] == what)

    return some(Kernel, lambda k: some(Replica, lambda r: there(k, r)))


def is_cleared(g: Group, p: Page) -> Bool:
    """A mapping is being put at page p, and nobody has what was there any more."""
    puts = some(Task, lambda t: (group[t] == g) & in_range(t, p)
                & (doing[t] == Doing.map_at) & (stage[t] == Stage.telling))  # fmt: skip
    return puts & ~is_left(g, p, Area.read) & ~is_left(g, p, Area.write)


def may_read(g: Group, p: Page) -> Bool:
    """Group g has page p mapped for reading only, or what a call has left of it is."""
    left = (promise[g, p] == Promise.changing) & is_left(g, p, Area.read)
    return (promise[g, p] == Promise.read) | left


def may_write(g: Group, p: Page) -> Bool:
    """Group g has page p mapped for writing, or what a call has left of it is."""
    left = (promise[g, p] == Promise.changing) & is_left(g, p, Area.write)
    return (promise[g, p] == Promise.write) | left


@shows(smp.mapped, Page)
def mapped(p: Page) -> Rights:
    """What calls have left, and what is left of it while one is under way."""
    writes = some(Group, lambda g: is_ours(g) & (may_write(g, p) | is_cleared(g, p)))
    reads = some(Group, lambda g: is_ours(g) & may_read(g, p))
    return ite(writes, Rights.write, ite(reads, Rights.read, Rights.none))


def is_seen(t: Task, p: Page, what: Frame) -> Bool:
    """Thread t of the program executes where its page table shows this frame at page p."""
    return belongs(t) & some(Kernel, lambda k: some(Replica, lambda r: runs_in(t, k, r)
                             & (pte[k, r, p] == what)))  # fmt: skip


def is_old(t: Task, p: Page, f: Frame) -> Bool:
    """Frame f has been given back, or what was last written to page p is in another."""
    settled = some(Group, lambda g: (group[t] == g) & truth[g, p].exists & (truth[g, p] != f)
                   & promise[g, p].among(Promise.read, Promise.write))  # fmt: skip
    return owner[f].is_nothing | settled


@shows(smp.sight, Task, Page)
def sight(t: Task, p: Page) -> Sight:
    """The frame that its page table shows."""
    sees = some(Frame, lambda f: is_seen(t, p, f))
    old = some(Frame, lambda f: is_seen(t, p, f) & is_old(t, p, f))
    return ite(old, Sight.old, ite(sees, Sight.last, Sight.none))


@shows(smp.writable, Task, Page)
def writable(t: Task, p: Page) -> Bool:
    """The entry of its page table permits writing."""
    return belongs(t) & some(Kernel, lambda k: some(Replica, lambda r: runs_in(t, k, r)
                             & pte[k, r, p].exists & frames.writable[k, r, p]))  # fmt: skip


# --- calls ---------------------------------------------------------------------------------------


def is_still_to_do(t: Task, p: Page) -> Bool:
    """The call of thread t is about page p, and is not in force there."""
    def is_changed(wanted: Area) -> Bool:
        return (doing[t] != Doing.protect) | (mode[t] == wanted)

    def is_left_of(g: Group) -> Bool:
        read_only = is_changed(Area.write) & may_read(g, p)
        return ite(may_write(g, p), is_changed(Area.read), read_only)

    left = some(Group, lambda g: (group[t] == g) & is_left_of(g))
    return in_range(t, p) & ((stage[t] != Stage.telling) | left)


CHANGES = (Doing.unmap, Doing.shrink, Doing.protect, Doing.map_at)


def is_called(t: Task) -> Bool:
    """Thread t is in a call that is not in force everywhere."""
    return ~doing[t].among(*CHANGES) | some(Page, lambda p: is_still_to_do(t, p))


@shows(smp.call, Task)
def call(t: Task) -> Call:
    """What a thread has called. A fault is no call, and neither is an import."""
    names = {
        Doing.map: Call.mmap,
        Doing.map_at: Call.mmap_over,
        Doing.unmap: Call.munmap,
        Doing.shrink: Call.munmap,
        Doing.protect: ite(mode[t] == Area.read, Call.forbid, Call.allow),
        Doing.move: Call.mremap,
        Doing.move_to: Call.mremap,
    }
    called = Call.none
    for what, name in names.items():
        called = ite(doing[t] == what, name, called)
    clones = some(Kernel, lambda k: inc[t, k] == Inc.creating)
    made = ite(clones, Call.clone, ite(forking[t].exists, Call.fork, called))
    return ite(belongs(t) & is_called(t), made, Call.none)


@shows(smp.about, Task, Page)
def about(t: Task, p: Page) -> Bool:
    """The pages that its call names and has not changed everywhere."""
    moves = doing[t].among(Doing.move, Doing.move_to) & (first[t] == p)
    return belongs(t) & ((doing[t].among(*CHANGES) & is_still_to_do(t, p)) | moves)


@shows(smp.onto, Task, Page)
def onto(t: Task, p: Page) -> Bool:
    """Where a page is to be moved, if the program says so."""
    return belongs(t) & (doing[t] == Doing.move_to) & (last[t] == p)


# --- steps ---------------------------------------------------------------------------------------

_EXIT = does("enter", "t", "exit").then("exit_alone", "t")
_FORK = does("enter", "t", "fork")
_LIVE = does("clone", "p", "t")
_MOVE = (does("move", "t", "p", "q"), does("make_room", "t", "q").then("move", "t", "p", "q"))

REFINEMENTS = (
    Refinement(
        of=protocol.PROTOCOL,
        sorts={sorts.Task: Task, sorts.Page: Page},
        shown=(life, call, about, onto, mapped, ending, running, sight, writable),
        free=frozenset({"running", "sight", "writable"}),
        given=frozenset({"mapped"}),
        steps={
            "start_program": (does("begin", "?t"),),
            "place": (does("begin", "t"), does("enter", "?u", "clone").then("clone", "?u", "t")),
            "clone_thread": (
                does("enter", "p", "clone"), does("enter", "p", "clone").then("clone", "p", "t")),
            "let_run": (_LIVE,),
            "exit_thread": (_EXIT,),
            "exit_alone": (_EXIT,),
            "obey_kill": (does("die", "t"),),
            "killed_alone": (does("die", "t"),),
            "call_exit_group": (does("kill"),),
            "call_fork": (_FORK,),
            "fork_process": (_FORK,),
            "finish_fork": (does("fork", "t"),),
            "grow": (does("enter", "t", "mmap").then("map_memory", "t", "p"),),
            "call_mmap": (does("enter", "t", "mmap"),),
            "find_hole_taken": (does("fail", "t"),),
            "hole_is_gone": (does("fail", "t"),),
            "call_mmap_at": (does("enter_about", "t", "mmap_over", "p"),),
            "clear_place": (does("map_over", "t", "p"),),
            "map_here": (
                does("map_memory", "t", "?p"),
                does("map_more", "t", "?p").then("map_memory", "t", "?q"),
                does("map_over", "t", "?p")),
            "call_munmap": (does("enter_about", "t", "munmap", "p"),),
            "call_shrink": (does("enter_about", "t", "munmap", "p"),),
            "unmap_here": (does("unmap", "t", "p"),),
            "unmap_there": (
                does("unmap", "t", "?p"), does("map_over", "t", "?p"),
                does("make_room", "t", "?p")),
            "call_mprotect": tuple(
                way for what in ("forbid", "allow") for way in (
                    does("enter_about", "t", what, "p"),
                    does("enter_about_both", "t", what, "p", "q"))),
            "protect_here": tuple(
                way for what in ("forbid", "allow") for way in (
                    does(what, "t", "p"), does(what, "t", "q"),
                    does(what, "t", "p").then(what, "t", "q"))),
            "protect_there": tuple(
                way for what in ("forbid", "allow") for way in (
                    does(what, "t", "?p"), does(what, "t", "?p").then(what, "t", "?q"))),
            "call_mremap": (does("enter_about", "t", "mremap", "p"),),
            "call_mremap_to": (does("enter_onto", "t", "p", "q"),),
            "find_place_taken": (does("fail", "t"),),
            "nothing_to_move": (does("fail", "t"),),
            "move_page": _MOVE,
            "move_own_page": _MOVE,
            "move_copy_of_page": (
                does("move", "t", "p", "?q"),
                does("make_room", "t", "?q").then("move", "t", "p", "?q")),
        },
    ),
)  # fmt: skip
