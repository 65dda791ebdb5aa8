"""Findings about threads, workers and shadows in popcorn-2020.

C… are the digest's; I… are issues of the project's tracker, by their numbers; P… this project
found. Where two defects hide each other, the settings switch on the repair of what is not meant.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.findings.finding import Finding

POPCORN: Final = "popcorn-2020"
THREADS: Final = ("threads",)
SIGNALS: Final = ("signals",)
SMALL: Final = "kernels=2,tasks=1"
PAIR: Final = "kernels=2,tasks=2"

FINDINGS: Final[tuple[Finding, ...]] = (
    Finding(
        id="C3",
        title="a shadow resumes for a stranger",
        meaning="The word that pairs a shadow with its thread was lost. The registers that come "
        "back are taken for another's and dropped, but the shadow leaves its loop all the same "
        "and goes on with those that it had before.",
        prop="registers_are_kept",
        length=11,
        scope=SMALL,
        protocol=POPCORN,
        parts=THREADS,
        settings={"ring": "may_drop"},
        repair={"back_test": "on"},
    ),
    Finding(
        id="C4",
        title="a thread is paired with nobody",
        meaning="The task that waits for a thread to arrive elsewhere is gone. The word that pairs "
        "them is dropped, nobody answers, and the thread runs on without a shadow.",
        prop="threads_are_linked",
        length=10,
        scope=SMALL,
        protocol=POPCORN,
        parts=SIGNALS,
        settings={"workers": "may_vanish", "kills": "on"},
        repair={"answer_pairing": "on"},
    ),
    Finding(
        id="C26",
        title="a shadow cannot be killed",
        meaning="A kill is pending for the process. The shadow's wait ends at once, finds no work "
        "and begins again, for ever, and nobody tells the thread.",
        prop="kills_end_all",
        length=9,
        scope=SMALL,
        protocol=POPCORN,
        parts=SIGNALS,
        settings={"refuse_clone": "on", "exit_code": "on", "exit_group": "on"},
        repair={"kills": "on"},
    ),
    Finding(
        id="C28",
        title="signal 64 looks like a migration",
        meaning="A thread that dies of signal 64 on a remote has the exit code of a task that has "
        "sent its thread back: nobody tells the shadow, which waits for ever.",
        prop="no_thread_is_lost",
        length=8,
        scope=SMALL,
        protocol=POPCORN,
        parts=THREADS,
        repair={"exit_code": "on"},
    ),
    Finding(
        id="C29",
        title="work for a worker that stops",
        meaning="A process is over at its origin and its number is given out again while another "
        "node still knows the old one. A thread of the new process is given to the old worker, "
        "which stops and leaves it on its list.",
        prop="stopped_workers_have_no_work",
        length=17,
        scope=PAIR,
        protocol=POPCORN,
        parts=THREADS,
        settings={"pids": "recycled"},
        repair={"unlist": "on"},
    ),
    Finding(
        id="C31",
        title="a worker that cannot begin stays listed",
        meaning="The program's file cannot be opened on the other node, or memory is short: the "
        "worker ends, the thread's request stays on its list, and so do all that follow.",
        prop="travellers_arrive",
        length=5,
        scope=SMALL,
        protocol=POPCORN,
        parts=THREADS,
        settings={"exit_code": "on"},
        repair={"refuse_clone": "on"},
    ),
    Finding(
        id="C32",
        title="registers that cannot be read are sent",
        meaning="A thread migrates and the registers that it hands over cannot be read. The error "
        "is overwritten by the next result: the thread goes, with what stood in their place.",
        prop="registers_are_kept",
        length=2,
        scope=SMALL,
        protocol=POPCORN,
        parts=THREADS,
        settings={"registers": "may_fault"},
        repair={"read_test": "on"},
    ),
    Finding(
        id="C33",
        title="a thread on a remote asks for another remote",
        meaning="The request is sent before the kernel asserts that the thread is at its origin: "
        "the thread dies, and the other node begins to run it for a process that does not exist.",
        prop="remotes_send_home_only",
        length=8,
        scope="kernels=3,tasks=1",
        protocol=POPCORN,
        parts=THREADS,
        repair={"onward": "on"},
    ),
    Finding(
        id="I27",
        title="two last threads, and nobody tells the workers",
        meaning="Two threads exit at once. Each still counts the other as a user of the address "
        "space, so neither tells the other nodes that the process is over; their workers stay.",
        prop="nobody_is_forgotten",
        length=15,
        scope=PAIR,
        protocol=POPCORN,
        parts=THREADS,
        repair={"last_out": "on"},
    ),
    Finding(
        id="I34",
        title="exit_group on a remote ends its node's threads only",
        meaning="Each shadow follows its own thread into exit. Nobody tells the threads at the "
        "origin and on other nodes that the whole group was to exit.",
        prop="kills_end_all",
        length=13,
        scope=PAIR,
        protocol=POPCORN,
        parts=SIGNALS,
        settings={"refuse_clone": "on", "exit_code": "on", "kills": "on", "remote_clone": "on"},
        repair={"exit_group": "on"},
    ),
    Finding(
        id="I97",
        title="migration to a node of unknown architecture",
        meaning="A node is connected, but what it has said of its architecture waits in a work "
        "queue. A migration there asks for the size of its registers, and the kernel stops.",
        prop="destinations_are_known",
        length=3,
        scope=SMALL,
        protocol=POPCORN,
        parts=THREADS,
        settings={"arch": "late"},
        repair={"arch_test": "on"},
    ),
    Finding(
        id="I102",
        title="a thread created on a remote belongs nowhere",
        meaning="clone on a remote copies the mark that the thread is away, but the new thread has "
        "no shadow: its first request goes to node -1, and the kernel stops.",
        prop="remote_tasks_are_linked",
        length=8,
        scope=PAIR,
        protocol=POPCORN,
        parts=THREADS,
        repair={"remote_clone": "on"},
    ),
    Finding(
        id="P60",
        title="the newest work first, and the oldest never",
        meaning="A worker takes the newest work from its list. While other threads come and go, "
        "the request of one that came first stays at the bottom, and the thread runs nowhere.",
        prop="travellers_arrive",
        length=22,
        scope=PAIR,
        protocol=POPCORN,
        parts=THREADS,
        settings={
            "refuse_clone": "on",
            "exit_code": "on",
            "remote_clone": "on",
            "last_out": "on",
        },
        repair={"in_order": "on"},
        discovered=True,
    ),
)
