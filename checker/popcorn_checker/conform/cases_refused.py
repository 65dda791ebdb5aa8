"""Cases about what does not fit: it is to be refused, and nothing is changed by it.

What cannot be done where it is asked for is refused by whoever keeps to the protocol of adapters.
A message that does not fit is brought by no network that neither forges nor doubles: to take one is
not strict, and no failure.
"""

from __future__ import annotations

from typing import Final

from popcorn_checker.conform.case import Case

_MIGRATES: Final = ("migration",)
_THREADS: Final = ("migration", "clone")
_SHARES: Final = ("migration", "pages", "clone")
_KEPT: Final = "docs/adapters.md: refused, nothing has changed"
_SENT: Final = "popcorn: messages of a pair of kernels, each sent once"
_TWO: Final = "begin 1 | drain | t0 clone | drain | t1 migrate 2 | drain | "
_NOT_FORGED: Final = "A network that forges is none of the protocol's, but is quickly found out."
_NOT_DOUBLED: Final = "A network that doubles is none of the protocol's, but is quickly found out."

ORDERS: Final = (
    Case("refuse/begin/1", _MIGRATES,
         "refuse begin 0 at 1 | begin 0 | drain | t0 migrate 1 | drain",
         "A process does not begin at a kernel that is not its origin.",
         "Nobody would know its threads.", _KEPT),
    Case("refuse/begin/2", _MIGRATES,
         "begin 0 | drain | refuse begin 1 | t0 migrate 1 | drain",
         "A process that has begun does not begin again.",
         "Its first thread would be in two places.", _KEPT),
    Case("refuse/stop/1", _MIGRATES,
         "begin 0 | drain | t0 migrate 1 | drain | refuse t0 migrate 2 at 0 | t0 migrate 0 | drain",
         "A thread does not migrate from a kernel that it has left.",
         "What it left behind is a shadow, and its context is old.", _KEPT),
    Case("refuse/stop/2", _MIGRATES,
         "begin 0 | drain | t0 migrate 1 | refuse t0 migrate 2 at 0 | drain | t0 migrate 2 | drain",
         "A thread that has asked does not ask again before it is answered.",
         "It has stopped.", _KEPT),
    Case("refuse/stop/3", _THREADS,
         "begin 0 | drain | refuse t1 migrate 1 at 0 | t0 clone | drain | t1 migrate 1 | drain",
         "A thread that was not created yet does not migrate.", "There is no such thread.", _KEPT),
    Case("refuse/stop/4", _MIGRATES,
         "begin 0 | drain | refuse t0 migrate 0 | t0 migrate 1 | drain | refuse t0 migrate 1",
         "A thread does not migrate to where it is.", "Nothing would have to be moved.", _KEPT),
    Case("refuse/fault/1", ("pages",),
         "begin 1 | drain | t0 fault w0 | drain | refuse t0 fault r0 | t0 fault w1 | drain",
         "A thread does not fault on what it may use.",
         "Its page tables say something else than the directory.", _KEPT),
    Case("refuse/exit/1", ("exit", *_THREADS),
         "begin 0 | drain | t0 clone | drain | t1 exit | drain | refuse t1 migrate 1 at 0 | "
         "t0 migrate 1 | drain",
         "A thread that has exited does not migrate.", "It would live again.", _KEPT),
    Case("refuse/exit/2", ("exit", *_SHARES),
         f"{_TWO}t1 exit | drain | refuse t1 fault w0 at 2 | t0 fault w0 | drain",
         "A thread that has exited does not use memory.", "It would live again.", _KEPT),
    Case("refuse/exit/3", ("exit", *_SHARES),
         f"{_TWO}t0 fault r0 | drain | t1 exit_group | drain | refuse t0 fault w0 at 1",
         "Nobody uses memory after the end of the process.", "There is none any more.", _KEPT),
    Case("refuse/ring/1", ("futex", *_SHARES),
         f"{_TWO}t0 futex_wait 0 0 | drain | refuse ring t1 | t1 futex_wake 0 | drain | "
         "refuse ring t0 | t0 migrate 2 | drain",
         "Who does not sleep is not woken by time.", "It would get an answer to something else.",
         _KEPT),
    Case("refuse/kill/1", ("services", "migration"),
         "begin 1 | drain | refuse kill at 1 | t0 migrate 2 | drain | kill | drain",
         "A process is not killed at a kernel that is not its origin.",
         "The others would not be told.", _KEPT),
)  # fmt: skip

MESSAGES: Final = (
    Case("refuse/call/1", _THREADS,
         "begin 0 | drain | t0 clone | drain | t0 migrate 1 | drain | refuse CALL t0 2>0 | "
         "refuse CALL t0 0>0 | t0 migrate 2 | drain",
         "A question comes from the kernel where its thread runs.", _NOT_FORGED, _SENT),
    Case("refuse/call/2", _MIGRATES,
         "begin 1 | drain | t0 migrate 2 | drain but ANSWER 0>2 | refuse again 1>0 | drain | "
         "refuse again 1>0 | t0 migrate 0 | drain",
         "A question that comes twice is asked once.", _NOT_DOUBLED, _SENT),
    Case("refuse/call/3", _THREADS,
         "begin 1 | drain | refuse CALL t2 1>0 | refuse CALL t9 1>0 | t0 clone | drain",
         "A thread that there is not asks for nothing.", _NOT_FORGED, _SENT),
    Case("refuse/answer/1", _THREADS,
         f"{_TWO}refuse ANSWER t0 1>2 | t0 migrate 2 | drain | t0 migrate 1 | drain",
         "Only the origin sends threads.", _NOT_FORGED, _SENT),
    Case("refuse/answer/2", _MIGRATES,
         "begin 0 | drain | t0 migrate 1 | drain | refuse again 0>1 | t0 migrate 0 | drain",
         "A thread that is sent twice runs once.", _NOT_DOUBLED, _SENT),
    Case("refuse/recall/1", _SHARES,
         f"{_TWO}t0 fault r0 | drain | refuse RECALL r0 0>1 | refuse RECALL w1 0>1 | "
         "refuse RECALL w0 0>2 | t1 fault w0 | drain",
         "Who is in nobody's way does not give way.", _NOT_FORGED, _SENT),
    Case("refuse/recall/2", _SHARES,
         f"{_TWO}t0 fault w0 | drain | refuse RECALL w0 2>1 | t1 fault r0 | drain",
         "Only the origin recalls pages.", _NOT_FORGED, _SENT),
    Case("refuse/recall/3", _SHARES,
         f"{_TWO}t0 fault w0 | drain | t1 fault w0 | drain but GAVE 1>0 | refuse again 0>1 | "
         "drain | t0 fault r0 | drain",
         "A recall that comes twice is followed once.", _NOT_DOUBLED, _SENT),
    Case("refuse/gave/1", _SHARES,
         f"{_TWO}t0 fault w0 | drain | refuse GAVE 0 1>0 | refuse GAVE 0 2>0 | refuse GAVE 9 1>0 | "
         "t1 fault r0 | drain",
         "Nobody gives way who was not asked to.", _NOT_FORGED, _SENT),
    Case("refuse/gave/2", _SHARES,
         f"{_TWO}t0 fault w0 | drain | t1 fault r0 | drain but ANSWER 0>2 | refuse again 1>0 | "
         "drain | t0 fault w0 | drain",
         "Who gives way twice has done so once.", _NOT_DOUBLED, _SENT),
    Case("refuse/done/1", _SHARES,
         f"{_TWO}t0 fault w0 | t1 fault w0 | drain but DONE 1>0 | refuse DONE t0 2>0 | "
         "refuse DONE t1 2>0 | drain",
         "An instruction is done where its pages were sent, and not elsewhere.", _NOT_FORGED,
         _SENT),
    Case("refuse/done/2", _SHARES,
         f"{_TWO}t0 fault w0 | drain | refuse again 1>0 | t1 fault w0 | drain but DONE 2>0 | "
         "refuse again 1>0 | drain",
         "An instruction that is done twice is done once.", _NOT_DOUBLED, _SENT),
    Case("refuse/done/3", _SHARES,
         f"{_TWO}t0 fault w0 | drain but DONE 1>0 | refuse DONE t2 1>0 | refuse DONE t9 1>0 | "
         "drain",
         "A thread that there is not executes nothing.", _NOT_FORGED, _SENT),
    Case("refuse/end/1", ("exit", *_THREADS),
         f"{_TWO}refuse END 1>2 | t1 exit | drain | t0 exit | drain",
         "Only the origin ends a process.", _NOT_FORGED, _SENT),
    Case("refuse/end/2", ("exit", *_THREADS),
         f"{_TWO}t0 exit_group | drain but FAREWELL 2>0 | refuse again 0>2 | refuse again 0>1 | "
         "drain",
         "A process ends once on each kernel.", _NOT_DOUBLED, _SENT),
    Case("refuse/farewell/1", ("exit", *_THREADS),
         f"{_TWO}refuse FAREWELL 2>0 | t0 exit_group | drain but FAREWELL 2>0 | "
         "refuse FAREWELL 0>0 | refuse again 1>0 | drain",
         "A kernel says farewell when it is told to, and once.", _NOT_FORGED, _SENT),
)  # fmt: skip

REFUSED: Final = (*ORDERS, *MESSAGES)
