"""The origin's table of processes: it begins programs, and knows what each system call does."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from popcorn_reference.elf import Image
from popcorn_reference.home import Home
from popcorn_reference.kernel import Kernel
from popcorn_reference.linux import files, memory, processes, threads, user
from popcorn_reference.linux.numbers import Err, Sys
from popcorn_reference.linux.process import Heap, OpenFile, Process
from popcorn_reference.outputs import HostCall, Output, Report
from popcorn_reference.questions import Program, Question

BREAK: Final = 1 << 32
"""Not a call of Linux: the thread's instruction has caused a signal."""

CALLS: Final[Mapping[int, Callable[[Process, Question], Program]]] = MappingProxyType(
    {
        Sys.READ: files.read,
        Sys.WRITE: files.write,
        Sys.OPEN: files.open_,
        Sys.OPENAT: files.openat,
        Sys.CLOSE: files.close,
        Sys.LSEEK: files.lseek,
        Sys.READV: files.readv,
        Sys.WRITEV: files.writev,
        Sys.CLOCK_GETTIME: files.clock_gettime,
        Sys.CLOCK_GETRES: files.clock_getres,
        Sys.GETTIMEOFDAY: files.gettimeofday,
        Sys.TIME: files.time,
        Sys.MMAP: memory.mmap,
        Sys.MUNMAP: memory.munmap,
        Sys.MPROTECT: memory.mprotect,
        Sys.MREMAP: memory.mremap,
        Sys.BRK: memory.brk,
        Sys.MADVISE: memory.madvise,
        Sys.CLONE: processes.clone,
        Sys.FORK: processes.fork,
        Sys.VFORK: processes.fork,
        Sys.WAIT4: processes.wait4,
        Sys.KILL: processes.kill,
        Sys.TKILL: processes.tkill,
        Sys.TGKILL: processes.tgkill,
        Sys.RT_SIGACTION: processes.rt_sigaction,
        Sys.GETPPID: processes.getppid,
        Sys.EXIT: threads.exit_thread,
        Sys.EXIT_GROUP: threads.exit_group,
        Sys.FUTEX: threads.futex,
        Sys.NANOSLEEP: threads.nanosleep,
        Sys.CLOCK_NANOSLEEP: threads.clock_nanosleep,
        Sys.SCHED_SETAFFINITY: threads.sched_setaffinity,
        BREAK: processes.break_,
    }
)

_STANDARD_FILES: Final = 3


class Machine:
    """All processes of a multikernel."""

    def __init__(self, kernels: int) -> None:
        self.kernels = kernels
        self.processes: dict[int, Process] = {}
        self.kernel: Kernel | None = None
        self._last = 0
        self._reports: list[str] = []
        self._told: set[str] = set()

    # --- what the core asks ----------------------------------------------------------------------

    def start(self, home: Home, question: Question) -> Program:
        """The program of a system call."""
        return self._run(self.processes[home.process], question)

    def _run(self, process: Process, question: Question) -> Program:
        number = question.arguments[0]
        call = CALLS.get(number)
        if call is None:
            name = Sys(number).name.lower() if number in list(Sys) else "which has no name here"
            self.report_once(f"system call {number} ({name}) is not implemented: ENOSYS")
            return Err.ENOSYS
        try:
            return (yield from call(process, question))
        except user.BadAddress:
            return Err.EFAULT

    def new_thread(self) -> int:
        """A number that no thread or process has."""
        self._last += 1
        return self._last

    def make_child(self, home: Home, question: Question) -> int | None:
        """A process that is a copy of another as it is now; its thread begins where it was made."""
        assert self.kernel is not None
        parent = self.processes[home.process]
        number = self.new_thread()
        child = self.kernel.make_home(number, home.areas.copy())
        for page in home.memory.touched():
            child.memory.page(page)[:] = home.memory.page(page)
        heap = Heap(parent.heap.start, parent.heap.end)
        self.processes[number] = Process(
            number, parent.number, child, heap, self, dict(parent.files),
            ignored=set(parent.ignored),
        )  # fmt: skip
        for file in parent.files.values():
            file.users += 1
        parent.children.add(number)
        child.begin(number, question.kernel, question.context, (("result", 0), *question.sets))
        return number

    def over(self, home: Home) -> None:
        """A process is over: its parent may know."""
        process = self.processes.pop(home.process)
        self._close_files(process)
        parent = self.processes.get(process.parent)
        if parent is None:
            return
        parent.children.discard(process.number)
        parent.zombies[process.number] = home.status
        waiters, parent.waiters = parent.waiters, []
        for thread in waiters:
            parent.home.resume(thread, 0)

    def _close_files(self, process: Process) -> None:
        """Close what only this process has open; nobody waits for that."""
        for file in process.files.values():
            file.users -= 1
            if file.users == 0:
                process.home.emit([HostCall(process.number, 0, "close", (file.handle,))])

    # --- programs --------------------------------------------------------------------------------

    def execute(self, image: Image, context: bytes, kernel: Kernel) -> list[Output]:
        """Begin a program, with one thread, on the origin."""
        self.kernel = kernel
        number = self.new_thread()
        home = kernel.make_home(number, image.areas)
        for page, data in image.pages.items():
            home.memory.page(page)[: len(data)] = data
        heap = Heap(image.heap, image.heap)
        files_ = {each: OpenFile(each) for each in range(_STANDARD_FILES)}
        self.processes[number] = Process(number, 0, home, heap, self, files_)
        return kernel.begin(home, number, kernel.number, context)

    def report_once(self, text: str) -> None:
        """Tell a person something, if it was not told before."""
        if text not in self._told:
            self._told.add(text)
            self._reports.append(text)

    def take_reports(self) -> list[Report]:
        """What is to be told since it was asked last."""
        out, self._reports = [Report(text) for text in self._reports], []
        return out
