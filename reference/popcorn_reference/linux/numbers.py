"""Numbers of Linux on x86-64: system calls, errors and signals that programs meet here.

Source: Linux, arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic
"""

from enum import IntEnum


class Sys(IntEnum):
    """System calls."""

    READ = 0
    WRITE = 1
    OPEN = 2
    CLOSE = 3
    LSEEK = 8
    MMAP = 9
    MPROTECT = 10
    MUNMAP = 11
    BRK = 12
    RT_SIGACTION = 13
    RT_SIGPROCMASK = 14
    RT_SIGRETURN = 15
    IOCTL = 16
    READV = 19
    WRITEV = 20
    SCHED_YIELD = 24
    MREMAP = 25
    MADVISE = 28
    NANOSLEEP = 35
    GETPID = 39
    CLONE = 56
    FORK = 57
    VFORK = 58
    EXIT = 60
    WAIT4 = 61
    KILL = 62
    UNAME = 63
    GETTIMEOFDAY = 96
    GETUID = 102
    GETGID = 104
    GETEUID = 107
    GETEGID = 108
    GETPPID = 110
    ARCH_PRCTL = 158
    GETTID = 186
    TIME = 201
    FUTEX = 202
    SCHED_SETAFFINITY = 203
    SCHED_GETAFFINITY = 204
    SET_TID_ADDRESS = 218
    CLOCK_GETTIME = 228
    CLOCK_GETRES = 229
    CLOCK_NANOSLEEP = 230
    EXIT_GROUP = 231
    TGKILL = 234
    TKILL = 200
    OPENAT = 257
    NEWFSTATAT = 262
    SET_ROBUST_LIST = 273
    GETCPU = 309


class Err(IntEnum):
    """Errors, as a system call returns them."""

    EPERM = -1
    ENOENT = -2
    ESRCH = -3
    EBADF = -9
    ECHILD = -10
    EAGAIN = -11
    ENOMEM = -12
    EACCES = -13
    EFAULT = -14
    EEXIST = -17
    EINVAL = -22
    EMFILE = -24
    ENOTTY = -25
    ESPIPE = -29
    EROFS = -30
    ENOSYS = -38
    ETIMEDOUT = -110


class Signal(IntEnum):
    """Signals."""

    HUP = 1
    INT = 2
    QUIT = 3
    ILL = 4
    TRAP = 5
    ABRT = 6
    FPE = 8
    KILL = 9
    USR1 = 10
    SEGV = 11
    USR2 = 12
    PIPE = 13
    ALRM = 14
    TERM = 15
    CHLD = 17
    CONT = 18
    STOP = 19
    TSTP = 20
    TTIN = 21
    TTOU = 22
    URG = 23
    WINCH = 28


IGNORED_BY_DEFAULT = frozenset({Signal.CHLD, Signal.CONT, Signal.URG, Signal.WINCH})
"""Signals that do nothing to a program that has not asked for them."""

STOPPING = frozenset({Signal.STOP, Signal.TSTP, Signal.TTIN, Signal.TTOU})
"""Signals that stop a process, which is not modelled."""
