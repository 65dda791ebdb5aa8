"""The directory example: one writer or many readers, for any number of kernels, pages and threads.

The origin serves one kernel at a time for a page. Around a grant there is a quiet time: from the
moment when nothing stands in the way until the origin has heard that the grant has arrived,
nobody is asked to give anything up. Most lemmas say which messages can be under way with which.
"""

from popcorn_model.examples.directory import (
    Access,
    Kernel,
    Page,
    copy,
    got,
    grant,
    holder,
    one_writer,
    recall,
    request,
    serving,
    the_origin_knows,
    waits,
    writer,
    yielded,
)
from popcorn_model.language import Bool, always, some
from popcorn_proofs.claim import Claim


@always()
def writing_is_known(p: Page, k: Kernel) -> Bool:
    """Who may write, or is about to hear so, is the writer that the origin believes in."""
    may_write = (copy[p, k] == Access.write) | (grant[p, k] == Access.write)
    return may_write.implies(writer[p] == k)


@always()
def the_writer_is_alone(p: Page, j: Kernel, k: Kernel) -> Bool:
    """While the origin believes in a writer it believes in no other copy."""
    return ((writer[p] == j) & holder[p, k]).implies(j == k)


@always()
def grants_are_served(p: Page, k: Kernel) -> Bool:
    """A grant, or the news that it has arrived, is under way only for the kernel being served."""
    return ((grant[p, k] != Access.none) | got[p, k]).implies(serving[p] == k)


@always()
def a_grant_arrives_once(p: Page, k: Kernel) -> Bool:
    """A grant is not under way when the news of its arrival is, nor while it is still asked for."""
    under_way = grant[p, k] != Access.none
    return under_way.implies(~got[p, k] & (request[p, k] == Access.none) & holder[p, k])


@always()
def who_asked_waits(p: Page, k: Kernel) -> Bool:
    """A kernel whose request or grant is under way does not ask again."""
    asked = (request[p, k] != Access.none) | (grant[p, k] != Access.none)
    return asked.implies(waits[p, k])


@always()
def asked_back_for_the_served(p: Page, j: Kernel, k: Kernel) -> Bool:
    """Who is asked back is a holder, and is asked for just what the served kernel wants."""
    asked = recall[p, j] != Access.none
    served = (serving[p] == k).implies((request[p, k] == recall[p, j]) & (j != k))
    return asked.implies(holder[p, j] & serving[p].exists & ~yielded[p, j] & served)


@always()
def yielded_to_the_served(p: Page, j: Kernel, k: Kernel) -> Bool:
    """Who has given way is still noted as a holder, and has left what the served kernel wants."""
    to_read = (request[p, k] == Access.read) & (copy[p, j] == Access.read) & (writer[p] == j)
    to_write = (request[p, k] == Access.write) & (copy[p, j] == Access.none)
    served = (serving[p] == k).implies((to_read | to_write) & (j != k))
    return yielded[p, j].implies(holder[p, j] & serving[p].exists & served)


@always()
def only_the_writer_stops_writing(p: Page, k: Kernel) -> Bool:
    """Only the writer is asked to let others read."""
    return (recall[p, k] == Access.read).implies(writer[p] == k)


@always()
def holders_have_copies(p: Page, k: Kernel) -> Bool:
    """Who is noted as a holder has a copy, or will have, or has just given it up."""
    has = (copy[p, k] != Access.none) | (grant[p, k] != Access.none) | yielded[p, k]
    return holder[p, k].implies(has)


@always()
def who_asks_has_less(p: Page, k: Kernel) -> Bool:
    """Who asks to read has no copy, and who asks to write may not."""
    reads = (request[p, k] == Access.read).implies(copy[p, k] == Access.none)
    return reads & (request[p, k] == Access.write).implies(copy[p, k] != Access.write)


@always()
def grants_are_quiet(p: Page, j: Kernel, k: Kernel) -> Bool:
    """From a grant until the news of its arrival is there, nobody is asked back or gives way."""
    granted = (grant[p, k] != Access.none) | got[p, k]
    return granted.implies((recall[p, j] == Access.none) & ~yielded[p, j])


@always()
def what_has_arrived_is_there(p: Page, k: Kernel) -> Bool:
    """While the news of its arrival is under way, the copy that was granted is there."""
    return got[p, k].implies(copy[p, k] != Access.none)


@always()
def somebody_holds(p: Page, k: Kernel) -> Bool:
    """Somebody holds each page, unless everybody has given way to a kernel that is to write."""
    somebody = some(Kernel, lambda j: holder[p, j])
    return somebody | (serving[p].exists & (serving[p] == k).implies(
        request[p, k] == Access.write))  # fmt: skip


@always()
def readers_are_not_alone(p: Page, k: Kernel) -> Bool:
    """Until the origin has heard that a grant to read has arrived, another kernel has a copy too.

    So a reader that asks at once to write is not granted that before the news is there.
    """
    other = some(Kernel, lambda j: (j != k) & holder[p, j])
    reads = (grant[p, k] == Access.read) | (got[p, k] & (copy[p, k] != Access.write))
    return reads.implies(other)


CLAIM = Claim(
    id="directory",
    doc="One writer or many readers, and the origin knows all of them.",
    protocol="popcorn_model.examples.directory",
    variant="repaired",
    safety=("one_writer", "the_origin_knows"),
    lemmas=(
        one_writer,
        the_origin_knows,
        writing_is_known,
        the_writer_is_alone,
        grants_are_served,
        a_grant_arrives_once,
        who_asked_waits,
        asked_back_for_the_served,
        yielded_to_the_served,
        only_the_writer_stops_writing,
        holders_have_copies,
        who_asks_has_less,
        grants_are_quiet,
        what_has_arrived_is_there,
        somebody_holds,
        readers_are_not_alone,
    ),
    probes=(
        "kernels=2,pages=1,threads=2", "kernels=3,pages=1,threads=1",
        "kernels=4,pages=1,threads=1",
    ),
    controls={
        "ask_to_read/guard2": "who_asks_has_less",
        "ask_to_write/guard3": "a_grant_arrives_once",
        "give_up/update1": "yielded_to_the_served",
        "give_up/update2": "asked_back_for_the_served",
        "note/guard1": "the_origin_knows",
        "note/guard2": "the_origin_knows",
        "grant_read/guard1": "grants_are_served",
        "grant_read/guard2": "a_grant_arrives_once",
        "grant_read/update1": "a_grant_arrives_once",
        "grant_write/guard1": "grants_are_served",
        "grant_write/guard2": "a_grant_arrives_once",
        "grant_write/guard3": "the_writer_is_alone",
        "receive/update2": "a_grant_arrives_once",
        "finish/update1": "grants_are_served",
    },
)  # fmt: skip

