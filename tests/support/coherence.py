"""What must be true of all copies of a page after every step of a simulation.

Where a kernel may write a page no other may use it, and all that may read it have the same bytes.
"""

from dataclasses import dataclass, field

from popcorn_model.vocabulary import Access
from popcorn_reference.drivers.simulation import Simulation, Stepped
from popcorn_reference.member import Member


@dataclass
class Coherence:
    """Looks after each step at the kernel on which it was; only that one's copies can change."""

    simulation: Simulation
    steps: int = 0
    compared: int = 0
    """How often the bytes of two kernels were compared."""
    writers: set[int] = field(default_factory=set)
    """The kernels that could ever write a page."""

    def __post_init__(self) -> None:
        self.simulation.listeners.append(self.look)

    def look(self, stepped: Stepped) -> None:
        """Check what has changed."""
        self.steps += 1
        node = self.simulation.nodes[stepped.kernel]
        for process, member in node.kernel.members.items():
            others = [
                each.kernel.members[process]
                for each in self.simulation.nodes
                if each is not node and process in each.kernel.members
            ]
            for page, access in member.copies.items():
                self._compare(member, others, page, access)
        self._look_at_threads()

    def _compare(self, member: Member, others: list[Member], page: int, access: Access) -> None:
        holders = [other for other in others if other.access(page) is not Access.NONE]
        who = f"page {page:#x} of process {member.process}: kernel {member.kernel}"
        if access is Access.WRITE:
            self.writers.add(member.kernel)
            kernels = [other.kernel for other in holders]
            assert not holders, f"{who} may write what kernels {kernels} may use"
        if access is not Access.READ:
            return
        mine = bytes(member.memory.page(page)) if holders else b""
        for other in holders:
            assert other.access(page) is Access.READ, f"{who} may read what {other.kernel} writes"
            self.compared += 1
            assert mine == bytes(other.memory.page(page)), f"{who} and {other.kernel} differ"

    def _look_at_threads(self) -> None:
        places = [key for node in self.simulation.nodes for key in node.ready]
        assert len(places) == len(set(places)), f"a thread is on two kernels: {sorted(places)}"
