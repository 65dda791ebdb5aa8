"""Cases about memory: pages, areas, futexes, forks, and calls that read and write memory."""

from __future__ import annotations

from typing import Final

from popcorn_checker.conform.case import Case

_THESIS: Final = "Katz 2014, claim"
_SHARES: Final = ("migration", "pages", "clone")

PAGES: Final = (
    Case("pages/read/1", ("pages",), "begin 1 | drain | t0 fault r0 | drain",
         "The page comes with the answer, then one instruction is executed, then DONE.",
         "A kernel that has no copy needs one.", f"{_THESIS} 2; popcorn: ANSWER fault, DONE"),
    Case("pages/write/1", ("pages",), "begin 1 | drain | t0 fault r0 | drain | t0 fault w0 | drain",
         "A reader that wants to write is answered without the page: it has it.",
         "Its own copy may be newer than the origin's.", "popcorn: ANSWER fault"),
    Case("pages/write/2", _SHARES,
         "begin 1 | drain | t0 clone | drain | t1 migrate 2 | drain | t0 fault w0 | drain | "
         "t1 fault w0 | drain | t0 fault r0 | drain",
         "The writer gives way with what it has written, and the next one gets that.",
         "One writer or many readers, who read what was written last.",
         f"{_THESIS} 2; popcorn: RECALL, GAVE"),
    Case("pages/readers/1", _SHARES,
         "begin 1 | drain | t0 clone | drain | t1 migrate 2 | drain | t0 fault w0 | drain | "
         "t1 fault r0 | drain | t0 fault w0 | drain | t1 fault r0 | drain",
         "A reader makes the writer a reader; the next write takes the page from the reader.",
         "Whoever keeps an old copy reads what is not there any more.",
         f"{_THESIS} 2; finding C5"),
    Case("pages/readers/2", _SHARES,
         "begin 0 | drain | t0 clone | drain | t0 clone | drain | t1 migrate 1 | t2 migrate 2 | "
         "drain | t0 fault r0 | t1 fault r0 | t2 fault r0 | drain | t1 fault w0 | drain | "
         "t0 fault r0 | t2 fault r0 | drain",
         "All readers are told, and all have given way before the writer is answered.",
         "An answer before the last of them leaves a reader beside a writer.",
         f"{_THESIS} 2; findings C5, X1"),
    Case("pages/wait/1", _SHARES,
         "begin 0 | drain | t0 clone | drain | t0 clone | drain | t1 migrate 1 | t2 migrate 2 | "
         "drain | t1 fault r0 | t2 fault r0 | drain | t0 fault w0 | drain but GAVE 2>0 | drain",
         "While one reader has not given way yet the writer is not answered.",
         "That is what invalidation is for.", "finding X1"),
    Case("pages/wait/2", _SHARES,
         "begin 1 | drain | t0 clone | drain | t1 migrate 2 | drain | t0 fault w0 | t1 fault w0 | "
         "drain but DONE 1>0 | drain",
         "The second waits until the first has made its step.",
         "Otherwise two writers take the page from each other, and neither gets on.",
         "popcorn: DONE; finding X15"),
    Case("pages/cross/1", _SHARES,
         "begin 1 | drain | t0 clone | drain | t1 migrate 2 | drain | t0 fault r0 | t1 fault r0 | "
         "drain | t0 fault w0 | t1 fault w0 | drain",
         "Two readers that want to write at once: one after the other does.",
         "The origin has to take its own order for the right one.", "finding X15"),
    Case("pages/two/1", ("pages",), "begin 1 | drain | t0 fault r0 w1 | drain",
         "An instruction about two pages gets both with one answer.",
         "With one at a time the first may be gone when the second comes.", "popcorn: CALL fault"),
    Case("pages/two/2", _SHARES,
         "begin 1 | drain | t0 clone | drain | t1 migrate 2 | drain | t0 fault w0 w1 | "
         "t1 fault w1 w0 | drain",
         "Two instructions about the same two pages, one after the other.",
         "Each could hold one page and wait for the other.", "popcorn: origin, queue of questions"),
    Case("pages/two/3", _SHARES,
         "begin 0 | drain | t0 clone | drain | t0 clone | drain | t1 migrate 1 | t2 migrate 2 | "
         "drain | t0 fault w0 w1 | t1 fault r0 w1 | t2 fault w0 | drain | t1 fault w0 | "
         "t2 fault r1 | drain",
         "Questions about two pages and about one, at once.",
         "Only one question about several pages takes pages at a time.",
         "popcorn: origin, queue of questions"),
    Case("pages/keep/1", ("pages",),
         "begin 1 | drain | t0 fault r0 w1 | drain | t0 fault w0 r1 | drain",
         "A page that may be written already stays so, with what is in it, and is not sent again.",
         "What the origin has of it is old.", "popcorn: ANSWER fault"),
    Case("pages/keep/2", ("pages",),
         "begin 0 | drain | t0 fault r0 w1 | drain | t0 fault w0 r1 | drain",
         "The same at the origin.", "The origin's copy is like any other.",
         "popcorn: ANSWER fault"),
    Case("pages/turn/1", _SHARES,
         "begin 0 | drain | t0 clone | drain | t0 clone | drain | t1 migrate 1 | t2 migrate 2 | "
         "drain | t2 fault w0 w2 | drain | t0 fault w0 w1 | drain but GAVE 2>0 | t1 fault w2 w3 | "
         "drain but GAVE 2>0 | drain",
         "A second question about several pages takes none before the first has all.",
         "That is what keeps the two from waiting for each other.",
         "popcorn: origin, queue of questions", pages=4),
    Case("pages/origin/1", _SHARES,
         "begin 0 | drain | t0 fault w0 | drain | t0 clone | drain | t1 migrate 1 | drain | "
         "t1 fault r0 | drain | t0 fault w0 | drain | t1 fault r0 | drain",
         "The origin's own threads share pages like others.",
         "The origin's frame is what all others are made from, and it must be told from its copy.",
         f"{_THESIS} 2; finding C5"),
)  # fmt: skip

AREAS: Final = (
    Case("areas/unmap/1", ("areas", "pages"),
         "begin 1 | drain | t0 fault w0 | drain | t0 munmap 0 | drain | t0 fault r0 | drain",
         "After munmap the page is nowhere, and who uses it is refused.",
         "munmap(2) is in force when it returns.", f"{_THESIS} 2; popcorn: origin, CALL munmap"),
    Case("areas/unmap/2", ("areas", *_SHARES),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 fault w0 | drain | "
         "t0 munmap 0 | drain but GAVE 1>0 | drain | t1 fault r0 | drain",
         "munmap does not return before the other kernel has given the page up.",
         "As built frames are freed while others still use them.", "finding W40"),
    Case("areas/unmap/3", ("areas", "pages"),
         "begin 1 | drain | t0 munmap 1 | drain | t0 fault r0 r1 | drain | t0 fault r0 r2 | drain",
         "An instruction about several pages is refused if one is not mapped; others go on.",
         "Who asks of the first page only maps what is not there.", "munmap(2)", pages=3),
    Case("areas/unmap/4", ("areas", "pages"),
         "begin 0 | drain | t0 fault w0 | drain | t0 munmap 0 | drain | t0 fault w0 | drain",
         "The origin's own threads cannot use the page any more either.",
         "They get no message that would tell them.", "munmap(2)"),
    Case("areas/forbid/2", ("areas", "pages"),
         "begin 0 | drain | t0 fault w0 | drain | t0 forbid 0 | drain | t0 fault w0 | drain",
         "The origin's own threads may not write any more either.",
         "They get no message that would tell them.", "mprotect(2)"),
    Case("areas/allow/1", ("areas", "pages"),
         "begin 1 | drain | t0 munmap 0 | drain | t0 allow 0 | drain | t0 fault r0 | drain",
         "mprotect maps nothing where nothing is mapped.", "A later access is refused as before.",
         "mprotect(2)"),
    Case("areas/forbid/1", ("areas", *_SHARES),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 fault w0 | drain | "
         "t0 forbid 0 | drain | t1 fault w0 | drain | t0 allow 0 | drain | "
         "t1 fault w0 | drain",
         "mprotect is in force on all kernels when it returns, and can be taken back.",
         "As built it does nothing on other kernels.", "finding W46; mprotect(2)"),
    Case("areas/map/1", ("areas", "pages"),
         "begin 1 | drain | t0 fault w0 | drain | t0 munmap 0 | drain | t0 mmap | drain | "
         "t0 fault r0 | drain",
         "Memory that is mapped anew is empty.", "What was there before is nobody's business.",
         "mmap(2)"),
    Case("areas/map/2", ("areas",), "begin 0 | drain | t0 mmap | drain",
         "Without room the call fails with ENOMEM.", "It must be answered.", "mmap(2)"),
    Case("areas/over/1", ("areas", *_SHARES),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 fault w0 | drain | "
         "t0 mmap_over 0 | drain | t1 fault r0 | drain",
         "Memory that is mapped over a page replaces it on all kernels.",
         "A copy of what was there before would be read on.", "mmap(2), MAP_FIXED"),
    Case("areas/move/1", ("areas", *_SHARES),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 fault w0 | drain | "
         "t0 munmap 1 | drain | t0 mremap 0 | drain | t1 fault r1 | drain | t1 fault r0 | drain",
         "A page that is moved takes along what was written to it, from whatever kernel.",
         "The origin has to have the page alone before it moves it.", "mremap(2)"),
    Case("areas/move/2", ("areas", "pages"),
         "begin 1 | drain | t0 fault w0 | drain | t0 mremap 0 | drain | t0 fault w0 | drain",
         "Without room for it the page stays where it is, and the call fails with ENOMEM.",
         "It has been taken from all who had it, and is given back.", "mremap(2)"),
)  # fmt: skip

FUTEX: Final = (
    Case("futex/wake/1", ("futex", "clone", "migration"),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 futex_wait 0 0 | drain | "
         "t0 futex_wake 0 | drain",
         "A thread that sleeps on one kernel is woken from another.",
         "There is one list of those who sleep.", f"{_THESIS} 5; futex(2)"),
    Case("futex/wake/2", ("futex", "clone"),
         "begin 0 | drain | t0 clone | drain | t0 clone | drain | t0 futex_wait 0 0 | "
         "t1 futex_wait 0 0 | drain | t2 futex_wake 0 | drain | t2 futex_wake 0 | drain",
         "Of two that sleep one is woken by the first call, the other by the second.",
         "One is what was asked for.", "futex(2)"),
    Case("futex/wake/3", ("futex", "clone"),
         "begin 0 | drain | t0 clone | drain | t1 futex_wait 0 0 | drain | t0 futex_wake 0 | "
         "drain | t0 futex_wake 0 | drain",
         "Who was woken is not there to be woken again.", "The second call returns 0.", "futex(2)"),
    Case("futex/word/2", ("futex", "areas"),
         "begin 1 | drain | t0 munmap 0 | drain | t0 futex_wait 0 0 | drain",
         "A word that is not mapped: the call fails with EFAULT.", "It cannot be looked at.",
         "futex(2)"),
    Case("futex/word/1", ("futex", "pages"),
         "begin 1 | drain | t0 fault w0 | drain | t0 futex_wait 0 0 | drain",
         "A word that is not as expected: the call fails with EAGAIN.",
         "The origin has to look at what was written last.", "futex(2)"),
    Case("futex/race/1", ("futex", *_SHARES),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 futex_wait 0 0 | "
         "t0 fault w0 | drain | t0 futex_wake 0 | drain",
         "Whoever writes and wakes, wakes: no wake-up is lost between look and sleep.",
         "The page is taken while the origin looks at it.", "futex(2)"),
    Case("futex/nobody/1", ("futex",), "begin 0 | drain | t0 futex_wake 0 | drain",
         "With nobody asleep nobody is woken, and the call returns 0.", "It is no error.",
         "futex(2)"),
    Case("futex/time/1", ("futex",),
         "begin 1 | drain | t0 futex_wait 0 0 | drain | ring t0 | drain",
         "When its time is over the thread goes on.", "It sleeps at the origin.", "futex(2)"),
    Case("futex/end/1", ("futex", "clone", "exit"),
         "begin 0 | drain | t0 clone | drain | t1 futex_wait 0 0 | drain | t0 exit_group | drain",
         "A thread that sleeps is ended with the others.", "It does not run to find out.",
         "exit_group(2)"),
)  # fmt: skip

REST: Final = (
    Case("fork/pages/1", ("fork", "pages"),
         "begin 1 | drain | t0 fault w0 | drain | t0 fork | drain | t0 fault w0 | drain",
         "The child gets what was written: the writer gives way first.",
         "All pages are copied as they are at one moment.", f"{_THESIS} 4; fork(2)"),
    Case("fork/parent/1", ("fork",), "begin 1 | drain | t0 fork | drain | t0 fork | drain",
         "Who forks is told the number of the child, another one each time.",
         "By 0 it would take itself for the child.", "fork(2)"),
    Case("fork/race/1", ("fork", *_SHARES),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 fault w0 w1 | drain | "
         "t0 fork | t1 migrate 2 | drain | t1 fault w0 | drain",
         "A fork takes all pages while other threads run on.",
         "It needs the turn, like a question about several pages.", "popcorn: origin, CALL fork"),
    Case("fork/turn/1", ("fork", *_SHARES),
         "begin 0 | drain | t0 clone | drain | t0 clone | drain | t1 migrate 1 | t2 migrate 2 | "
         "drain | t2 fault w0 w2 | drain | t0 fault w0 w1 | drain but GAVE 2>0 | t1 fork | "
         "drain but GAVE 2>0 | drain",
         "A fork takes no page while a question about several pages is at it.",
         "It waits for pages while it holds others.", "popcorn: origin, CALL fork", pages=3),
    Case("fork/turn/2", ("fork", "pages"),
         "begin 1 | drain | t0 fork | drain | t0 fault w0 w1 | drain | t0 fork | drain",
         "After a fork others have their turn.", "It is given back with the pages.",
         "popcorn: origin, CALL fork"),
    Case("fork/turn/3", ("fork", *_SHARES),
         "begin 0 | drain | t0 clone | drain | t0 clone | drain | t1 migrate 1 | t2 migrate 2 | "
         "drain | t1 fault w0 | drain | t2 fault w1 | drain | t0 fork | drain but GAVE 2>0 | "
         "t1 fault w0 | drain but GAVE 2>0 | drain",
         "Nobody writes to a page that a fork has taken before the fork has all of them.",
         "The child would begin with pages of different moments.", "fork(2)"),
    Case("services/look/2", ("services", "areas"),
         "begin 1 | drain | t0 munmap 0 | drain | t0 look 0 | drain",
         "A call that reads what is not mapped fails with EFAULT.", "As on any Linux.", "write(2)"),
    Case("services/fill/2", ("services", "areas"),
         "begin 1 | drain | t0 forbid 0 | drain | t0 fill 0 7 | drain | t0 look 0 | drain",
         "A call that writes what may only be read fails with EFAULT, and writes nothing.",
         "As on any Linux.", "read(2)"),
    Case("services/look/1", ("services", "pages"),
         "begin 1 | drain | t0 fault w0 | drain | t0 look 0 | drain",
         "A call that reads memory, such as write(2), reads what was written last.",
         "The origin's frame may be old.", f"{_THESIS} 5; popcorn: CALL look"),
    Case("services/fill/1", ("services", *_SHARES),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 fault r0 | drain | "
         "t0 fill 0 7 | drain | t1 fault r0 | drain | t0 look 0 | drain",
         "A call that writes memory, such as read(2), takes the page from all others.",
         "Who keeps a copy would not see it.", f"{_THESIS} 5; popcorn: CALL fill"),
    Case("services/other/1", ("services",), "begin 1 | drain | t0 other | drain",
         "A call about neither threads nor memory is answered.", "Everything is.",
         "popcorn: CALL other"),
    Case("services/kill/1", ("services", "clone", "migration"),
         "begin 0 | drain | t0 clone | drain | t1 migrate 1 | drain | t1 migrate 2 | kill | drain",
         "A process that is killed ends, also the thread that is on its way.",
         "As built kills reach only threads that are at home.", "finding W8a"),
)  # fmt: skip

MEMORY: Final = (*PAGES, *AREAS, *FUTEX, *REST)
