"""The origin's lists: the threads of a process, the kernels that have some, and who sleeps."""

from collections import deque

from popcorn_reference.faults import RemoteFault
from popcorn_reference.tables import GUEST, LIFE, Guest, Life, Turning, Visit


class Roll:
    """Who there is."""

    def __init__(self) -> None:
        self.lives: dict[int, Life] = {}
        self.kernels: dict[int, int] = {}
        """Where each thread was sent last."""
        self.granted: set[int] = set()
        """Threads that were sent pages, and have not said that their instruction is done."""
        self.guests: dict[int, Guest] = {}
        self.sleepers: dict[int, deque[int]] = {}
        """Index: addresses of futexes; the threads in the order in which they fell asleep."""

    def turn(self, thread: int, turning: Turning) -> None:
        """Something happens to a thread.

        Raises: RemoteFault, LocalFault if it cannot.
        """
        life = LIFE.at(self.lives.get(thread, Life.EXITED), turning)
        self.lives[thread] = life

    def hear(self, thread: int, turning: Turning, source: int) -> None:
        """A kernel says something of a thread.

        Raises: RemoteFault if it does not run there, or does something else.
        """
        kernel = self.kernels.get(thread)
        if kernel != source:
            known = "there is no such thread" if kernel is None else f"that is on kernel {kernel}"
            raise RemoteFault(f"kernel {source} speaks for thread {thread}: {known}")
        if (thread in self.granted) != (turning is Turning.DONE):
            has = "has" if thread in self.granted else "has not"
            raise RemoteFault(
                f"thread {thread} {has} an instruction to execute for which it was sent pages, and "
                f"{turning} cannot be"
            )
        self.turn(thread, turning)
        self.granted.discard(thread)

    def list_thread(self, thread: int, kernel: int) -> None:
        """There is a new thread, and it is sent to a kernel."""
        self.lives[thread] = Life.AWAY
        self.kernels[thread] = kernel

    def send_back(self, thread: int, kernel: int, has_pages: bool) -> None:
        """A thread is answered to a kernel, perhaps with the pages of its instruction."""
        self.turn(thread, Turning.ANSWER)
        self.kernels[thread] = kernel
        if has_pages:
            self.granted.add(thread)

    def is_last(self, thread: int) -> bool:
        """Whether no other thread is alive."""
        return all(t == thread or life is Life.EXITED for t, life in self.lives.items())

    def visit(self, kernel: int, visit: Visit) -> None:
        """Something happens between the origin and a kernel.

        Raises: RemoteFault, LocalFault if it cannot.
        """
        guest = GUEST.at(self.guests.get(kernel, Guest.APART), visit)
        if guest is Guest.APART:
            del self.guests[kernel]
        else:
            self.guests[kernel] = guest

    def asleep(self) -> list[int]:
        """The threads that sleep."""
        return [thread for thread, life in self.lives.items() if life is Life.ASLEEP]

    def lie_down(self, thread: int, address: int) -> None:
        """A thread falls asleep on a futex."""
        self.turn(thread, Turning.SLEEP)
        self.sleepers.setdefault(address, deque()).append(thread)

    def get_up(self, thread: int, address: int) -> None:
        """A thread sleeps no more."""
        self.turn(thread, Turning.WAKE)
        self._strike(thread, address)

    def leave(self, thread: int, turning: Turning, address: int | None) -> None:
        """A thread is gone; it may have slept on a futex."""
        self.turn(thread, turning)
        if address is not None:
            self._strike(thread, address)

    def _strike(self, thread: int, address: int) -> None:
        self.sleepers[address].remove(thread)
        if not self.sleepers[address]:
            del self.sleepers[address]
