"""What the page server prints: how copies of pages are asked for, revoked and granted.

In these messages a pair `peer_pid`/`peer_node` is whoever is at the other end. A handle's last line
is printed while its lock is held, all others after that has been dropped, so they may come late.
`taken` has the same text as the end of an invalidation that had to wait for a handle.
"""

from typing import Final

from popcorn_checker.dmesg.rows import make_kinds

_START: Final = "__start_fault_handling"
_FINISH: Final = "__finish_fault_handling"
_INVALIDATION: Final = "__start_invalidation"
_AT_ORIGIN: Final = "__handle_localfault_at_origin"
_AT_REMOTE: Final = "__handle_localfault_at_remote"
_SERVE: Final = "process_remote_page_request"
_HOOK: Final = "page_server_handle_pte_fault"

PAGES: Final = make_kinds(
    "page server",
    "kernel/popcorn/page_server.c",
    ("page_fault",
     "\n## PAGEFAULT [{pid:d}] {addr:x} {access:R|W} {ip:x} {flags:x} {pte:x}", _HOOK,
     "A thread faults; pte is the flags of the page table's entry, read a while ago."),
    ("executable", "  [{pid:d}] VM_EXEC. continue", _HOOK,
     "The page is of a program's text: the node reads it from the file."),
    ("read_only", "  [{pid:d}] locally file-mapped read-only. continue", _HOOK,
     "The page is of a file and only read: the node reads it from there."),
    ("fresh", {
        "any": "  [{pid:d}] fresh at origin. continue",
        "any, without a page table": "  [{pid:d}] {page:a} fresh at origin, continue",
     }, _AT_ORIGIN, "Nobody has touched the page: the origin handles the fault alone."),
    ("not_shared", "  [{pid:d}] local at origin. continue", _AT_ORIGIN,
     "No remote has ever had the page: the origin handles the fault alone."),
    ("fixed", "  [{pid:d}] {page:a} already handled", f"{_AT_ORIGIN}, {_AT_REMOTE}",
     "The entry has changed since the fault: nothing is left to do."),
    ("fixed_perhaps", "  [{pid:d}] might be fixed by others???", _HOOK,
     "The entry allows what was wanted: nothing is left to do."),
    ("taken_at_origin",
     " =[{pid:d}] {page:a} replicated {foreign:?not }mine {handle:p}", _AT_ORIGIN,
     "A thread at the origin leads the handling of a page; foreign if the origin has no copy."),
    ("woken_at_origin",
     "  [{pid:d}] {page:a} replicated {foreign:?not }mine {handle:p}", _AT_ORIGIN,
     "A thread at the origin that has waited for another's fault goes on."),
    ("taken", " =[{pid:d}] {page:a} {handle:p}", f"{_AT_REMOTE}, {_INVALIDATION}",
     "A remote thread leads the handling of a page, or an invalidation has waited for one."),
    ("woken", " -[{pid:d}] {page:a} {handle:p}", _AT_REMOTE,
     "A remote thread that has waited for another's fault goes on."),
    ("taken_for",
     " =[{pid:d}] {origin:?origin }{remote:?remote} {handle:p}",
     "__handle_remotefault_at_origin",
     "The origin handles a page for a remote: origin if it has a copy, remote if the asker has."),
    ("joined", " +[{pid:d}] {page:a} {handle:p}", f"{_START}, {_INVALIDATION}",
     "A fault follows one that is handled, or an invalidation waits for it."),
    ("waits", "  [{pid:d}] waits {handle:p}", _START,
     "A fault is in conflict with one that is handled: it sleeps until that is over, and retries."),
    ("retries", "  [{pid:d}] locked. retry {handle:p}", _START,
     "A fault is in conflict with one that is handled: it is given up at once, to be retried."),
    ("left", " >[{pid:d}] {page:a} {handle:p}", _FINISH,
     "One of several has finished with a handle; pid may be another of them."),
    ("closed", ">>[{pid:d}] {page:a} {handle:p}", _FINISH,
     "The last has finished with a handle; pid may be another of them."),
    ("page_ask",
     "  [{pid:d}] ->[{peer_pid:d}/{peer_node:d}] {page:a} {ip:x}", "__request_remote_page",
     "A request for a page is about to be sent."),
    ("page_reply",
     "  [{pid:d}] <-[{peer_pid:d}/{peer_node:d}] {page:a} {result:x}",
     "handle_remote_page_response", "The answer to a request for a page has arrived."),
    ("page_asked", {
        "4.19, 5.2": "\nREMOTE_PAGE_REQUEST [{pid:d}] {page:a} {access:R|W} {ip:x} "
                     "from [{peer_pid:d}/{peer_node:d}]",
        "early 4.4": "\nREMOTE_PAGE_REQUEST [{pid:d}] {page:a} {access:R|W} "
                     "from [{peer_pid:d}/{peer_node:d}]",
     }, _SERVE,
     "A request for a page is served; a remote says so again each time it finds a handle taken."),
    ("touched", "  [{pid:d}] handle local fault at origin", "__handle_remotefault_at_origin",
     "The page that is asked for was never touched: the origin makes it first."),
    ("no_entry", "  [{pid:d}] No PTE!!", f"{_SERVE} and what it calls",
     "Alarm: there is no page table for a page that is asked for."),
    ("not_found", "  [{pid:d}] not found", _SERVE,
     "A page is asked of a task that is gone: the answer is an error."),
    ("page_answer", "  [{pid:d}] ->[{peer_pid:d}/{peer_node:d}] {result:x}", _SERVE,
     "The answer to a request is about to be sent; its handle is closed already."),
    ("failed", "  [{pid:d}] failed 0x{result:x}", _AT_REMOTE,
     "A request was answered with an error that is not to be retried."),
    ("backoff", "  [{pid:d}] backoff {weight:d}", "handle_pte_fault: mm/memory.c",
     "A fault is to be retried, after a pause that grows with the weight."),
    ("revoke", "  [{pid:d}] revoke {page:a} [{peer_pid:d}/{peer_node:d}]",
     "__revoke_page_ownership", "The origin is about to ask a worker to give up a copy."),
    ("invalidate",
     "\nINVALIDATE_PAGE [{pid:d}] {page:a} [{peer_pid:d}/{peer_node:d}]",
     "__do_invalidate_page",
     "A remote is to give up a copy, and has found the area that it is in."),
    ("invalidate_waits",
     "  [{pid:d}] {whose:local|remote} {what:read|write} ongoing, wait", _INVALIDATION,
     "The copy is in use by a handle: the invalidation will wait; whose is never remote."),
    ("invalidate_free", " =[{pid:d}] {page:a}", _INVALIDATION,
     "The copy is in use by no handle; it has not been given up yet."),
    ("invalidated", ">>[{pid:d}] ->[{peer_pid:d}/{peer_node:d}]",
     "process_page_invalidate_request",
     "The copy is given up, if there was one, and the answer is about to be sent."),
    ("invalidate_lost",
     "process_page_invalidate_request: no such process {peer_pid:d} {pid:d} {page:a}",
     "process_page_invalidate_request",
     "Alarm: a copy is revoked from a worker that is gone; there will be no answer."),
    ("zap", "  [{pid:d}] zap {page:a}", "page_server_zap_pte",
     "A page is unmapped at this node, which forgets who has copies."),
    ("flush", "FLUSH_REMOTE_PAGES [{pid:d}]", "page_server_flush_remote_pages",
     "A process is about to leave a remote, and gives back its pages; early kernels only."),
    ("flush_page", "  [{pid:d}] {how:*|+|-} {page:a}", "__do_pte_flush",
     "A page is sent home (*), only its ownership is (+), or the remote did not own it (-)."),
    ("flushed", "  [{pid:d}] flush ->[{peer_pid:d}/{peer_node:d}] {page:a}",
     "process_remote_page_flush", "The origin takes back a page."),
    ("panic", "------------------ Start panicking -----------------", "page_server_panic",
     "Alarm: what the kernel knows about a page cannot be."),
    ("panic_page",
     "page_server_panic: {addr:x} {info:p} {owners:x} {entry:p} {pte:x}", "page_server_panic",
     "The page that cannot be so: its owners, with two flags above them, and its entry's flags."),
)  # fmt: skip
