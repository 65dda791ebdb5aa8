"""What the VMA server prints: how areas are fetched, and how calls that change them are delegated.

Two lines cannot be told apart by their text, and one kind of line stands for several:
- `area_nearest` may be the answer to a brk, if that has been granted and its end is that of a page;
- `area_reply` ends in a protection, which is hexadecimal, after an mprotect, and in an advice,
  which is decimal, after an madvise: `rest` keeps it as text.
"""

from typing import Final

from popcorn_checker.dmesg.rows import make_kinds

_OPS: Final = "mmap|munmap|mprotect|mremap|madvise|brk"
_UPDATE: Final = "__update_vma"
_FETCH: Final = "vma_server_fetch_vma"
_INFO: Final = "process_vma_info_request"
_MADVISE: Final = "process_madvise_release_from_remote: kernel/popcorn/page_server.c"

AREAS: Final = make_kinds(
    "VMA server",
    "kernel/popcorn/vma_server.c",
    ("area_fault", "\n## VMAFAULT [{pid:d}] {addr:x} {ip:x}", _FETCH,
     "A remote thread has met an address of which its node knows no area."),
    ("area_ask", "  [{pid:d}] {page:a} ->[{peer_pid:d}/{peer_node:d}]", _FETCH,
     "It is the first to ask for this page's area, and is about to ask its shadow."),
    ("area_pended", "  [{pid:d}] {page:a} already pended", _FETCH,
     "Another thread has asked for this page's area; this one waits along with it."),
    ("area_nearest", "  [{pid:d}] {start:a} {page:a}", _UPDATE,
     "The answer is here; start is that of the next area that the node has, or 0."),
    ("area_file", "  [{pid:d}] {path:s} + {offset_pages:x}", f"{_UPDATE}, {_INFO}",
     "The area is of a file, from this page of it on."),
    ("area_no_file", "__update_vma: cannot find backing file {path:f}", _UPDATE,
     "The node lacks the file that is mapped at home."),
    ("map_ask", "  [{pid:d}] map+ {start:a} {end:a}", "map_difference",
     "What is missing in this range will be mapped."),
    ("map_last", "  [{pid:d}] map0 {start:a} -- {end:a} @ {offset_pages:x}, {prot:x}",
     "map_difference", "A hole that reaches to the range's end is mapped."),
    ("map_hole", "  [{pid:d}] {which:map1|map2} {start:a} -- {end:a} @ {offset_pages:x}",
     "map_difference", "A hole before an area that the node has is mapped."),
    ("area_info", "\n## VMA_INFO [{pid:d}] {start:a} -- {end:a} {flags:x}", _INFO,
     "A shadow has found the area that its thread asks for, and is about to answer."),
    ("area_none", "vma_info: vma does not exist at {addr:x}", _INFO,
     "There is no area at or above this address; the thread will get a signal."),
    ("area_gap", "vma_info: vma does not really exist at {addr:x}", _INFO,
     "There is an area above this address, but none that grows down to it."),
    ("call_mmap", {
        "4.19, 5.2": "\n## VMA mmap [{pid:d}] {start:x} - {end:x}, {prot:x} {flags:x}",
        "early 4.4": "\nVMA mmap [{pid:d}] {start:x} - {end:x}, {prot:x} {flags:x}",
     }, "vma_server_mmap_remote", "A remote thread is about to delegate an mmap."),
    ("call_file", "  [{pid:d}] {path:f}", "vma_server_mmap_remote", "That mmap is of a file."),
    ("call_munmap", {
        "4.19, 5.2": "\n## VMA munmap [{pid:d}] {start:x} {bytes:x}",
        "early 4.4": "\nVMA munmap [{pid:d}] {start:x} {bytes:x}",
     }, "vma_server_munmap_remote",
     "A remote thread begins with a munmap: at its own node, and then at home."),
    ("call_brk", {
        "4.19, 5.2": "\n## VMA brk-ed [{pid:d}] {old:x} --> {new:x}",
        "early 4.4": "\nVMA brk-ed [{pid:d}] {old:x} --> {new:x}",
     }, "vma_server_brk_remote", "A remote thread is about to delegate a brk."),
    ("call_madvise", {
        "4.19, 5.2": "\n## VMA madvise-d [{pid:d}] {start:x} {bytes:x} {advice:d}",
        "early 4.4": "\nVMA madvise-d [{pid:d}] {start:x} {bytes:x} {advice:d}",
     }, "vma_server_madvise_remote", "A remote thread is about to delegate an madvise."),
    ("call_mprotect", "\nVMA mprotect [{pid:d}] {start:x} {bytes:x} {prot:x}",
     "vma_server_mprotect_remote", "A remote thread is about to delegate an mprotect."),
    ("call_mremap",
     "\nVMA mremap [{pid:d}] {start:x} {old_bytes:x} {new_bytes:x} {flags:x} {new:x}",
     "vma_server_mremap_remote", "A remote thread wants an mremap, which is refused."),
    ("area_reply", {
        "any": "  [{pid:d}] {result:d} {start:x} -- {end:x}",
        "any, after mprotect or madvise": "  [{pid:d}] {result:d} {start:x} -- {end:x} {rest:w}",
     }, "vma_server_mmap_remote and its like",
     "The answer to a delegated call has arrived; the result is 0 or an error below it."),
    ("brk_reply", "  [{pid:d}] {differs:0|1} {end:x}", "vma_server_brk_remote",
     "The answer to a brk has arrived; differs is 1 if the heap does not end where it should."),
    ("call_taken", "\nVMA_OP_REQUEST [{pid:d}] {call:" + _OPS + "} {start:x} {bytes:x}",
     "process_vma_op_request", "A shadow or a worker begins with a call that was delegated to it."),
    ("call_mapped",
     "  [{pid:d}] {result:x} {start:x} -- {end:x} {prot:x} {flags:x}",
     "__process_vma_op_at_origin", "A shadow has executed an mmap for its thread."),
    ("call_no_file", "  [{pid:d}] Cannot open {path:f} {error:d}", "__process_vma_op_at_origin",
     "A shadow cannot open the file that its thread wants to map."),
    ("call_done", "  [{pid:d}] ->{call:" + _OPS + "} {result:d}", "process_vma_op_request",
     "The call has been executed; the answer has not been sent."),
    ("munmap_tell",
     "  [{pid:d}] ->munmap [{peer_pid:d}/{peer_node:d}] {start:x}+{bytes:x}",
     "vma_server_munmap_origin",
     "The origin is about to tell a worker of a munmap; it tells the next when this one answers."),
    ("release_taken",
     "  [{pid:d}] {peer_node:d} {pages:d} / {pages_all:d} {start:x}-{end:x}", _MADVISE,
     "The origin has noted that a node gives up its copies of these pages."),
)  # fmt: skip
