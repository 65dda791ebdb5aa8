"""Whatever is done to the reference, the model explains: step by step, cell by cell."""

from __future__ import annotations

import random
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from popcorn_model.popcorn import PROTOCOL
from popcorn_model.vocabulary import Access, Call, Parcel
from popcorn_reference.faults import LocalFault, RemoteFault
from popcorn_reference.messages import Answer, Asked, Done, End, Farewell, Gave, Message, Recall
from support.joined.cluster import PROCESS
from support.joined.join import PARTS, Join, Unexplained
from support.joined.stimuli import Stimulus, get_arrivals, get_local
from support.joined.walks import is_rare, walk, walk_many

SCOPES: Final = ((2, 2, 1), (3, 3, 2), (2, 1, 3))
NUMBERS: Final = st.integers(0, 1 << 16)


class Explained(RuleBasedStateMachine):
    """A cluster to which anything is done, and the model, which says what may be."""

    @initialize(scope=st.sampled_from(SCOPES))
    def make(self, scope: tuple[int, int, int]) -> None:
        """Kernels, threads and pages."""
        self.join = Join(*scope)

    def pick(self, choices: list[Stimulus], number: int) -> None:
        """Do one of some things."""
        choices[number % len(choices)].apply(self.join)

    @precondition(lambda self: bool(get_local(self.join)))
    @rule(number=NUMBERS)
    def act(self, number: int) -> None:
        """A program does something that the model allows."""
        choices = get_local(self.join)
        common = [each for each in choices if not is_rare(each)]
        self.pick(common if common and number % 16 else choices, number // 16)

    @precondition(lambda self: bool(get_arrivals(self.join)))
    @rule(number=NUMBERS)
    def arrive(self, number: int) -> None:
        """A message arrives."""
        self.pick(get_arrivals(self.join), number)

    @rule(number=NUMBERS, call=st.sampled_from(list(Call)))
    def act_from_nowhere(self, number: int, call: Call) -> None:
        """A thread that is not on a kernel stops there."""
        thread, kernel = number % 4, number // 4 % self.join.kernels
        member = self.join.cluster.nodes[kernel].members.get(PROCESS)
        if member is None or thread not in member.places:
            self.join.refuse_stop(thread, kernel, call, ((0, Access.READ),), (0,))

    @rule(number=NUMBERS)
    def fault_on_nothing(self, number: int) -> None:
        """A thread is said to fault on what it may do."""
        for kernel, node in enumerate(self.join.cluster.nodes):
            member = node.members.get(PROCESS)
            if member is not None and member.places and member.copies:
                thread = sorted(member.places)[number % len(member.places)]
                page = sorted(member.copies)[number % len(member.copies)]
                self.join.refuse_stop(thread, kernel, Call.FAULT, ((page, Access.READ),))

    @rule(number=NUMBERS)
    def send_what_nobody_sends(self, number: int) -> None:
        """A message comes that no kernel has sent."""
        kernel = number % self.join.kernels
        for source, target, message in make_strays(self.join, kernel, number):
            self.join.refuse(source, target, message)


def make_strays(join: Join, kernel: int, number: int) -> list[tuple[int, int, Message]]:
    """Messages that cannot be, by what the model says is on its way and where threads are."""
    home, node = join.home, join.cluster.nodes[kernel]
    thread, page = number % join.threads, number % join.pages
    member = node.members.get(PROCESS)
    found: list[tuple[int, int, Message]] = []
    if not home.is_over and page not in home.directory.entries:
        found.append((kernel, 0, Gave(PROCESS, page, Parcel.EMPTY)))
    if thread in home.questions:
        found.append((kernel, 0, Done(PROCESS, thread)))
        found.append((kernel, 0, Asked(PROCESS, thread, Call.OTHER, b"")))
    if not home.is_ending:
        found.append((kernel, 0, Farewell(PROCESS)))
    if member is None or member.access(page) is Access.NONE:
        found.append((0, kernel, Recall(PROCESS, page, Access.WRITE)))
    if member is None:
        found.append((0, kernel, End(PROCESS)))
    elif thread in member.places:
        found.append((0, kernel, Answer(PROCESS, thread, Call.OTHER, b"")))
    found.append((kernel, 0, Done(PROCESS + 1, thread)))
    return found


Explained.TestCase.settings = settings(
    stateful_step_count=60, suppress_health_check=[HealthCheck.filter_too_much]
)
TestExplained = Explained.TestCase


@pytest.mark.rest  # about 17 s
def test_every_action_is_taken() -> None:
    fired = walk_many(range(40), SCOPES)
    actions = {action.name for action in PROTOCOL.configured(parts=PARTS).actions}
    assert actions - set(fired) == {"store"}, "who may write has the only frame that counts already"


def test_what_is_not_explained_is_shown_as_a_test() -> None:
    join = Join()
    join.begin()
    join.deliver(0, 0)
    join.cluster.home.roll.guests.clear()
    with pytest.raises(Unexplained) as found:
        join.stop(0, 0, Call.FAULT, ((0, Access.WRITE),))
    text = str(found.value)
    assert "joined[0] is False, not True" in text
    program = text[text.index("def test_found()") :]
    names: dict[str, object] = {"Join": Join, "Call": Call, "Access": Access}
    exec(program + "\n\n\ntest_found()\n", names)


def test_a_walk_is_the_same_each_time() -> None:
    histories = []
    for _ in range(2):
        join = Join(3, 2, 2)
        walk(join, random.Random(7), 60)
        histories.append(join.history)
    assert histories[0] == histories[1]
    assert len(histories[0]) == 60


@pytest.mark.parametrize("kernel", [0, 1])
def test_nothing_comes_between_pages_and_their_instruction(kernel: int) -> None:
    join = Join()
    join.begin(kernel)
    join.deliver(0, kernel)
    join.stop(0, kernel, Call.FAULT, ((0, Access.READ),))
    join.deliver(kernel, 0)
    node = join.cluster.nodes[kernel]
    (answer,) = join.cluster.links.pop((0, kernel))
    node.receive(0, answer)
    with pytest.raises(LocalFault, match="say first that it is done"):
        node.receive(0, Recall(PROCESS, 0, Access.WRITE))
    node.stepped(PROCESS, 0)
    with pytest.raises(LocalFault, match="cannot be"):
        node.stepped(PROCESS, 0)


def test_no_other_kernel_is_an_origin() -> None:
    join = Join()
    with pytest.raises(LocalFault, match="executes no process"):
        join.cluster.nodes[1].make_home(2, join.home.areas)
    with pytest.raises(RemoteFault, match="origin of no process"):
        join.cluster.nodes[1].receive(0, Farewell(PROCESS))
