"""Calls of a program: each takes effect at one instant between its beginning and its end."""

from popcorn_model.language import (
    Step,
    action,
    every,
    for_each,
    given,
    put,
    some,
    when,
)
from popcorn_model.smp.program import (
    MAY_FAIL,
    OF_PAGES,
    OF_RANGES,
    about,
    call,
    ending,
    goes,
    is_about,
    is_in,
    is_through,
    life,
    mapped,
    onto,
    returns,
    waits,
    writable,
)
from popcorn_model.smp.sorts import Call, Life, Page, Rights, Task

# --- threads -------------------------------------------------------------------------------------


@action
def begin(t: Task) -> Step:
    """The program begins with one thread.

    Source: execve
    Tag: claimed
    """
    return when(every(Task, lambda u: life[u] == Life.unborn))(put(life[t], Life.alive))


@action
def enter(t: Task, what: Call) -> Step:
    """A thread makes a call that is about no page.

    Source: any program
    Tag: claimed
    """
    bare = ~what.among(Call.none, Call.sleep, *OF_PAGES)
    return when(is_in(t, Call.none), bare)(put(call[t], what), *waits(t))


@action
def enter_about(t: Task, what: Call, p: Page) -> Step:
    """A thread makes a call that is about a page.

    Source: any program
    Tag: claimed
    """
    return when(is_in(t, Call.none), what.among(*OF_PAGES))(
        put(call[t], what), put(about[t, p], True), *waits(t)
    )


@action
def enter_about_both(t: Task, what: Call, p: Page, q: Page) -> Step:
    """A thread makes a call that is about two pages, and is done on one after the other.

    Source: any program
    Tag: claimed
    """
    return when(is_in(t, Call.none), what.among(*OF_RANGES), p != q)(
        put(call[t], what), put(about[t, p], True), put(about[t, q], True), *waits(t)
    )


@action
def enter_onto(t: Task, p: Page, q: Page) -> Step:
    """A thread has a page moved to where it says, whatever is there.

    Source: mremap(2), MREMAP_FIXED
    Tag: claimed
    """
    return when(is_in(t, Call.none), p != q)(
        put(call[t], Call.mremap), put(about[t, p], True), put(onto[t, q], True), *waits(t)
    )


@action
def fail(t: Task) -> Step:
    """A call fails: there is no room, or a word is not as expected.

    Source: the manual pages: EAGAIN, ENOMEM, EFAULT
    Tag: claimed
    """
    return when(life[t] == Life.alive, call[t].among(*MAY_FAIL))(*returns(t))


@action
def answer(t: Task) -> Step:
    """A call is over that changes nothing of threads and areas.

    What it has written to memory is what was last written there, for all.

    Source: read(2), write(2)
    Tag: claimed
    """
    over = call[t].among(Call.look, Call.fill, Call.other)
    return when(life[t] == Life.alive, over)(*returns(t))


@action
def clone(t: Task, u: Task) -> Step:
    """A thread creates another.

    Source: clone(2)
    Tag: claimed
    """
    return when(is_in(t, Call.clone), life[u] == Life.unborn, t != u)(
        *returns(t), put(life[u], Life.alive)
    )


@action
def fork(t: Task) -> Step:
    """A thread creates a process.

    Source: fork(2)
    Tag: claimed
    """
    return when(is_in(t, Call.fork))(*returns(t))


@action
def exit_alone(t: Task) -> Step:
    """A thread exits; with the last one the program ends.

    Source: _exit(2)
    Tag: claimed
    """
    last = every(Task, lambda u: (u == t) | (life[u] != Life.alive))
    return when(is_in(t, Call.exit))(
        *returns(t), put(life[t], Life.exited), given(last)(put(ending(), True))
    )


@action
def exit_all(t: Task) -> Step:
    """A thread ends the program.

    Source: exit_group(2)
    Tag: claimed
    """
    return when(is_in(t, Call.exit_group))(
        *returns(t), put(life[t], Life.exited), put(ending(), True)
    )


@action
def die(t: Task) -> Step:
    """The program ends, and so does a thread of it, whatever it was at.

    Source: exit_group(2)
    Tag: claimed
    """
    return when(ending(), life[t] == Life.alive)(
        *returns(t), put(life[t], Life.exited), *waits(t)
    )


@action
def end() -> Step:
    """The program ends, and with it all threads, which are in no call.

    Source: exit_group(2)
    Tag: claimed
    """
    alive = some(Task, lambda u: life[u] == Life.alive)
    idle = every(Task, lambda u: (life[u] != Life.alive) | (call[u] == Call.none))
    return when(ending(), alive, idle)(
        for_each(Task, lambda u: given(life[u] == Life.alive)(put(life[u], Life.exited), *waits(u)))
    )


@action
def kill() -> Step:
    """Something outside ends the program.

    Source: kill(2)
    Tag: claimed
    """
    return when(~ending(), some(Task, lambda t: life[t] == Life.alive))(put(ending(), True))


# --- memory --------------------------------------------------------------------------------------


@action
def map_memory(t: Task, p: Page) -> Step:
    """Empty memory is mapped where there was none.

    Source: mmap(2)
    Tag: claimed
    """
    return when(is_in(t, Call.mmap), mapped[p] == Rights.none)(
        *returns(t), put(mapped[p], Rights.write)
    )


@action
def map_more(t: Task, p: Page) -> Step:
    """Of several pages that a call maps, one is mapped, and others are still to come.

    Source: mmap(2)
    Tag: claimed
    """
    return when(is_in(t, Call.mmap), mapped[p] == Rights.none)(put(mapped[p], Rights.write))


@action
def map_over(t: Task, p: Page) -> Step:
    """Empty memory is mapped in the place of what was there.

    Source: mmap(2), MAP_FIXED
    Tag: claimed
    """
    return when(is_about(t, Call.mmap_over, p))(*is_through(t, p), put(mapped[p], Rights.write))


@action
def unmap(t: Task, p: Page) -> Step:
    """A page is unmapped.

    Source: munmap(2)
    Tag: claimed
    """
    return when(is_about(t, Call.munmap, p))(
        *is_through(t, p), put(mapped[p], Rights.none), *goes(p)
    )


@action
def forbid(t: Task, p: Page) -> Step:
    """A page may only be read from now on.

    Source: mprotect(2)
    Tag: claimed
    """
    return when(is_about(t, Call.forbid, p))(
        *is_through(t, p), given(mapped[p] == Rights.write)(put(mapped[p], Rights.read)),
        for_each(Task, lambda u: put(writable[u, p], False)),
    )


@action
def allow(t: Task, p: Page) -> Step:
    """A page may be written again.

    Source: mprotect(2)
    Tag: claimed
    """
    return when(is_about(t, Call.allow, p))(
        *is_through(t, p), given(mapped[p] == Rights.read)(put(mapped[p], Rights.write))
    )


@action
def make_room(t: Task, q: Page) -> Step:
    """What is in the way of a page that moves is unmapped first.

    Source: mremap(2), MREMAP_FIXED
    Tag: claimed
    """
    return when(is_in(t, Call.mremap), onto[t, q])(put(mapped[q], Rights.none), *goes(q))


@action
def move(t: Task, p: Page, q: Page) -> Step:
    """A page moves to where there is room, or is by now.

    Source: mremap(2)
    Tag: claimed
    """
    meant = onto[t, q] | every(Page, lambda x: ~onto[t, x])
    return when(
        is_about(t, Call.mremap, p), p != q, meant,
        mapped[p] != Rights.none, mapped[q] == Rights.none,
    )(*returns(t), put(mapped[q], mapped[p]), put(mapped[p], Rights.none), *goes(p))  # fmt: skip


# --- futexes -------------------------------------------------------------------------------------


@action
def sleep(t: Task) -> Step:
    """A thread sleeps on a futex.

    Source: futex(2)
    Tag: claimed
    """
    return when(is_in(t, Call.futex_wait))(put(call[t], Call.sleep))


@action
def give_up(t: Task) -> Step:
    """A thread that sleeps wakes by itself: its time is up.

    Source: futex(2)
    Tag: claimed
    """
    return when(is_in(t, Call.sleep))(*returns(t))


@action
def wake(t: Task, u: Task, p: Page) -> Step:
    """A thread that sleeps is woken.

    Source: futex(2)
    Tag: claimed
    """
    return when(is_about(t, Call.futex_wake, p), is_about(u, Call.sleep, p), t != u)(
        *returns(t), *returns(u)
    )


@action
def wake_nobody(t: Task, p: Page) -> Step:
    """Nobody sleeps there.

    Source: futex(2)
    Tag: claimed
    """
    return when(
        is_about(t, Call.futex_wake, p), every(Task, lambda u: ~is_about(u, Call.sleep, p))
    )(*returns(t))
