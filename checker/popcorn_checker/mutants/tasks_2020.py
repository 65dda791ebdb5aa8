"""The mutations that the design of popcorn-2020 lists for threads, areas and futexes.

Each is told by the property that says what is then wrong, and by no other. Not listed yet are X46,
X48, X50, X55, X56, X58, X63 and X64.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.mutants.planned import Planned

THREADS: Final = ("threads",)
VMA: Final = ("vma",)
FUTEX: Final = ("futex",)
PAIR: Final = "kernels=2,tasks=2"
STAR: Final = "kernels=3,tasks=1"
AREA: Final = "kernels=2,tasks=2,pages=1"
ALONE: Final = "kernels=2,tasks=1,pages=1"

PLANNED: Final = (
    Planned("X41", "a thread runs on a remote, and the origin is never told",
            mutation="pair/update1", scope=PAIR, parts=THREADS, asks=("pairing_comes_first",)),
    Planned("X42", "the origin does not note which worker a pairing comes from",
            mutation="take_pairing/update3", scope=PAIR, parts=THREADS,
            asks=("origin_knows_workers",)),
    Planned("X43", "the shadow resumes and keeps the link to its thread",
            mutation="resume/update5", scope=PAIR, parts=THREADS, asks=("links_are_of_tasks",)),
    Planned("X45", "a thread that has sent itself home runs on at the remote",
            mutation="migrate_back/update1", scope=PAIR, parts=THREADS, asks=("one_copy_runs",)),
    Planned("X47", "a thread exits at a remote and tells nobody",
            mutation="exit_on_remote/update3", scope=PAIR, parts=THREADS,
            asks=("no_thread_is_lost",)),
    Planned("X51", "a worker takes the newest item first",
            wrong={"in_order": "off"}, scope=PAIR, parts=THREADS, asks=("travellers_arrive",)),
    Planned("X52", "a remote asks the origin to unmap before it does so itself",
            wrong={"origin_first": "off"}, scope=AREA, parts=VMA, asks=("unmapped_is_unmapped",)),
    Planned("X53", "the origin unmaps and tells no other node",
            mutation="lower_at_origin/update7", scope=AREA, parts=VMA,
            asks=("unmapped_is_unmapped",)),
    Planned("X57", "mprotect is not applied at the origin",
            mutation="lower_at_origin/update3", scope=AREA, parts=VMA,
            asks=("origin_has_all_areas",)),
    Planned("X59", "the handle under which a futex word was read is never put back",
            mutation="fall_asleep/update3", scope=ALONE, parts=FUTEX, asks=("words_are_put_back",)),
    Planned("X60", "a thread migrates from one remote to another",
            wrong={"onward": "off"}, scope=STAR, parts=THREADS, asks=("remotes_send_home_only",)),
    Planned("X61", "a thread is cloned at a remote",
            wrong={"remote_clone": "off"}, scope=PAIR, parts=THREADS,
            asks=("remote_tasks_are_linked",)),
    Planned("X62", "a thread migrates to a node whose architecture is not known",
            settings={"arch": "late"}, wrong={"arch_test": "off"}, scope=PAIR, parts=THREADS,
            asks=("destinations_are_known",)),
    Planned("X65b", "a message about a thread is dropped when the ring is full",
            wrong={"ring": "may_drop"}, scope=PAIR, parts=THREADS, asks=("no_thread_is_lost",)),
)  # fmt: skip
