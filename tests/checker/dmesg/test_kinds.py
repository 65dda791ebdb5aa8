"""Each kind of line, in each of its wordings, is read from a line that was written down by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from popcorn_checker.dmesg.fields import Value
from popcorn_checker.dmesg.finding import find
from popcorn_checker.dmesg.kinds import KIND, KINDS

# The texts are those of the kernels' formats, without the empty line that some begin with.
EXAMPLES: Final[tuple[tuple[str, str, Mapping[str, Value]], ...]] = (
    ("migrate", "####### MIGRATE [3814] to 0", {"pid": 3814, "node": 0}),
    ("migrate", "####### MIGRATE [3814] to -1", {"pid": 3814, "node": -1}),
    ("migrate_nowhere", "  [639] invalid migration destination 77", {"pid": 639, "node": 77}),
    ("migrate_here", "  [639] already running at the destination 0", {"pid": 639, "node": 0}),
    ("migrate_offline", "  [639] destination node 3 is offline", {"pid": 639, "node": 3}),
    ("resume", "  [639] resume execution", {"pid": 639}),
    ("worker_for", "remote_worker_main: [640] for [639/1]",
     {"pid": 640, "peer_pid": 639, "peer_node": 1}),
    ("worker_runs", "remote_worker_main: [640] /opt/bench/kmeans one",
     {"pid": 640, "path": "/opt/bench/kmeans one"}),
    ("thread_started", "remote_thread_main [641] started for [639/1]",
     {"pid": 641, "peer_pid": 639, "peer_node": 1}),
    ("thread_unpaired", "remote_thread_main [641] failed __pair_remote_task() for [639/1]",
     {"pid": 641, "peer_pid": 639, "peer_node": 1}),
    ("saved", "save_thread_info [380] tls 3ff7dffff0", {"pid": 380, "registers": "tls 3ff7dffff0"}),
    ("restored_ip", "restore_thread_info [641] ip 401efd", {"pid": 641, "ip": 0x401efd}),
    ("restored_sp", "restore_thread_info [641] sp 7fffffffe2d0 bp 408290",
     {"pid": 641, "sp": 0x7fffffffe2d0, "bp": 0x408290}),
    ("restored_fs", "restore_thread_info [641] fs 4d13c0 fpu active",
     {"pid": 641, "fs": 0x4d13c0, "fpu": True}),
    ("restored_fs", "restore_thread_info [641] fs 0", {"pid": 641, "fs": 0x0, "fpu": False}),
    ("migrated", "####### MIGRATED - [641/0] from [639/1]",
     {"pid": 641, "node": 0, "peer_pid": 639, "peer_node": 1}),
    ("back", "### BACKMIG [287] from [402/1]", {"pid": 287, "peer_pid": 402, "peer_node": 1}),
    ("exited", "EXITED [3814] remote / 0x40",
     {"pid": 3814, "side": "remote", "worker": False, "code": 0x40}),
    ("exited", "EXITED [640] remote worker / 0x0",
     {"pid": 640, "side": "remote", "worker": True, "code": 0x0}),
    ("exited", "EXITED [662] local / 0xa00",
     {"pid": 662, "side": "local", "worker": False, "code": 0xa00}),
    ("remote_exit", "process_remote_task_exit [639] 0xb", {"pid": 639, "code": 0xb}),
    ("terminate", "TERMINATE [401/1] with 0x2560", {"peer_pid": 401, "peer_node": 1, "code": 2560}),
    ("terminated", "TERMINATE [401] with 0xa00", {"pid": 401, "code": 0xa00}),
    ("exit_mismatch", "process_remote_task_exit: pid mismatch 641 != 642",
     {"expected": 641, "found": 642}),
    ("back_mismatch", "process_back_migration: pid mismatch during back migration (641 != 642)",
     {"expected": 641, "found": 642}),
    ("work_lost", "request_remote_work: invalid origin task 639 for remote work 9",
     {"peer_pid": 639, "type": 9}),
    ("worker_work_unknown", "Unknown remote work type 7", {"type": 7}),
    ("shadow_work_unknown", "  type: 12", {"type": 12}),
    ("area_fault", "## VMAFAULT [641] 7fffffffe308 401f00",
     {"pid": 641, "addr": 0x7fffffffe308, "ip": 0x401f00}),
    ("area_ask", "  [641] 7fffffffe000 ->[639/1]",
     {"pid": 641, "page": 0x7fffffffe000, "peer_pid": 639, "peer_node": 1}),
    ("area_ask", "  [642] 4b4000 ->[-1/-1]",
     {"pid": 642, "page": 0x4b4000, "peer_pid": -1, "peer_node": -1}),
    ("area_pended", "  [642] 4b4000 already pended", {"pid": 642, "page": 0x4b4000}),
    ("area_nearest", "  [641] 0 401000", {"pid": 641, "start": 0x0, "page": 0x401000}),
    ("area_nearest", "  [641] 4c8000 4ce000", {"pid": 641, "start": 0x4c8000, "page": 0x4ce000}),
    ("area_file", "  [641] /lib/x86_64/libc-2.28.so + 1c",
     {"pid": 641, "path": "/lib/x86_64/libc-2.28.so", "offset_pages": 0x1c}),
    ("area_no_file", "__update_vma: cannot find backing file /dev/zero (deleted)",
     {"path": "/dev/zero (deleted)"}),
    ("map_ask", "  [641] map+ 401000 499000", {"pid": 641, "start": 0x401000, "end": 0x499000}),
    ("map_last", "  [641] map0 401000 -- 499000 @ 1, 5",
     {"pid": 641, "start": 0x401000, "end": 0x499000, "offset_pages": 0x1, "prot": 0x5}),
    ("map_hole", "  [641] map1 401000 -- 499000 @ 1",
     {"pid": 641, "which": "map1", "start": 0x401000, "end": 0x499000, "offset_pages": 0x1}),
    ("map_hole", "  [641] map2 401000 -- 499000 @ a0",
     {"pid": 641, "which": "map2", "start": 0x401000, "end": 0x499000, "offset_pages": 0xa0}),
    ("area_info", "## VMA_INFO [639] 7ffffffde000 -- 7ffffffff000 100173",
     {"pid": 639, "start": 0x7ffffffde000, "end": 0x7ffffffff000, "flags": 0x100173}),
    ("area_none", "vma_info: vma does not exist at ffffffffff600000", {"addr": 0xffffffffff600000}),
    ("area_gap", "vma_info: vma does not really exist at 0", {"addr": 0x0}),
    ("call_mmap", "## VMA mmap [641] 0 - 801000, 0 20022",
     {"pid": 641, "start": 0x0, "end": 0x801000, "prot": 0x0, "flags": 0x20022}),
    ("call_mmap", "VMA mmap [641] 0 - 801000, 0 20022",
     {"pid": 641, "start": 0x0, "end": 0x801000, "prot": 0x0, "flags": 0x20022}),
    ("call_file", "  [641] /tmp/input", {"pid": 641, "path": "/tmp/input"}),
    ("call_munmap", "## VMA munmap [641] 7ffff77f9000 801000",
     {"pid": 641, "start": 0x7ffff77f9000, "bytes": 0x801000}),
    ("call_munmap", "VMA munmap [641] 7ffff77f9000 801000",
     {"pid": 641, "start": 0x7ffff77f9000, "bytes": 0x801000}),
    ("call_brk", "## VMA brk-ed [641] 4f2000 --> 513123",
     {"pid": 641, "old": 0x4f2000, "new": 0x513123}),
    ("call_brk", "VMA brk-ed [641] 4f2000 --> 513123",
     {"pid": 641, "old": 0x4f2000, "new": 0x513123}),
    ("call_madvise", "## VMA madvise-d [641] 7ffff6ff8000 7fb000 4",
     {"pid": 641, "start": 0x7ffff6ff8000, "bytes": 0x7fb000, "advice": 4}),
    ("call_madvise", "VMA madvise-d [641] 7ffff6ff8000 7fb000 4",
     {"pid": 641, "start": 0x7ffff6ff8000, "bytes": 0x7fb000, "advice": 4}),
    ("call_mprotect", "VMA mprotect [641] 7ffff6ff8000 1000 3",
     {"pid": 641, "start": 0x7ffff6ff8000, "bytes": 0x1000, "prot": 0x3}),
    ("call_mremap", "VMA mremap [641] 7ffff6ff8000 1000 2000 1 0",
     {"pid": 641, "start": 0x7ffff6ff8000, "old_bytes": 0x1000, "new_bytes": 0x2000, "flags": 0x1,
      "new": 0x0}),
    ("area_reply", "  [641] 0 7ffff6ff8000 -- 7ffff77f9000",
     {"pid": 641, "result": 0, "start": 0x7ffff6ff8000, "end": 0x7ffff77f9000}),
    ("area_reply", "  [641] -12 7ffff6ff8000 -- 7ffff77f9000 20",
     {"pid": 641, "result": -12, "start": 0x7ffff6ff8000, "end": 0x7ffff77f9000, "rest": "20"}),
    ("brk_reply", "  [641] 1 513123", {"pid": 641, "differs": "1", "end": 0x513123}),
    ("call_taken", "VMA_OP_REQUEST [639] madvise 7ffff6ff8000 7fb000",
     {"pid": 639, "call": "madvise", "start": 0x7ffff6ff8000, "bytes": 0x7fb000}),
    ("call_mapped", "  [639] fffffffffffffff4 7ffff6ff8000 -- 7ffff77f9000 3 22",
     {"pid": 639, "result": 0xfffffffffffffff4, "start": 0x7ffff6ff8000, "end": 0x7ffff77f9000,
      "prot": 0x3, "flags": 0x22}),
    ("call_no_file", "  [639] Cannot open /tmp/input -2",
     {"pid": 639, "path": "/tmp/input", "error": -2}),
    ("call_done", "  [639] ->mmap 0", {"pid": 639, "call": "mmap", "result": 0}),
    ("call_done", "  [639] ->munmap -22", {"pid": 639, "call": "munmap", "result": -22}),
    ("munmap_tell", "  [718] ->munmap [650/1] 7ffff77f9000+801000",
     {"pid": 718, "peer_pid": 650, "peer_node": 1, "start": 0x7ffff77f9000, "bytes": 0x801000}),
    ("release_taken", "  [639] 1 17 / 32 7ffff6ff8000-7ffff7018000",
     {"pid": 639, "peer_node": 1, "pages": 17, "pages_all": 32, "start": 0x7ffff6ff8000,
      "end": 0x7ffff7018000}),
    ("page_fault", "## PAGEFAULT [641] 4ce010 W 403b16 55 8000000000000025",
     {"pid": 641, "addr": 0x4ce010, "access": "W", "ip": 0x403b16, "flags": 0x55,
      "pte": 0x8000000000000025}),
    ("executable", "  [641] VM_EXEC. continue", {"pid": 641}),
    ("read_only", "  [641] locally file-mapped read-only. continue", {"pid": 641}),
    ("fresh", "  [639] fresh at origin. continue", {"pid": 639}),
    ("fresh", "  [639] 4ce000 fresh at origin, continue", {"pid": 639, "page": 0x4ce000}),
    ("not_shared", "  [639] local at origin. continue", {"pid": 639}),
    ("fixed", "  [639] 4ce000 already handled", {"pid": 639, "page": 0x4ce000}),
    ("fixed_perhaps", "  [641] might be fixed by others???", {"pid": 641}),
    ("taken_at_origin", " =[640] 7ffff77f8000 replicated mine 00000000c8298bcb",
     {"pid": 640, "page": 0x7ffff77f8000, "foreign": False, "handle": "00000000c8298bcb"}),
    ("taken_at_origin", " =[640] 7ffff77f8000 replicated not mine 00000000c8298bcb",
     {"pid": 640, "page": 0x7ffff77f8000, "foreign": True, "handle": "00000000c8298bcb"}),
    ("woken_at_origin", "  [640] 7ffff77f8000 replicated not mine 00000000c8298bcb",
     {"pid": 640, "page": 0x7ffff77f8000, "foreign": True, "handle": "00000000c8298bcb"}),
    ("taken", " =[641] 4c2000 00000000350a4be7",
     {"pid": 641, "page": 0x4c2000, "handle": "00000000350a4be7"}),
    ("taken", " =[641] 4c2000 (____ptrval____)",
     {"pid": 641, "page": 0x4c2000, "handle": "(____ptrval____)"}),
    ("woken", " -[641] 4c2000 00000000350a4be7",
     {"pid": 641, "page": 0x4c2000, "handle": "00000000350a4be7"}),
    ("taken_for", " =[639] origin remote 000000005810dd2b",
     {"pid": 639, "origin": True, "remote": True, "handle": "000000005810dd2b"}),
    ("taken_for", " =[639] origin  000000005810dd2b",
     {"pid": 639, "origin": True, "remote": False, "handle": "000000005810dd2b"}),
    ("taken_for", " =[639] remote 000000005810dd2b",
     {"pid": 639, "origin": False, "remote": True, "handle": "000000005810dd2b"}),
    ("taken_for", " =[639]  ffff880138c0d3a0",
     {"pid": 639, "origin": False, "remote": False, "handle": "ffff880138c0d3a0"}),
    ("joined", " +[641] 4c2000 00000000350a4be7",
     {"pid": 641, "page": 0x4c2000, "handle": "00000000350a4be7"}),
    ("waits", "  [641] waits 00000000350a4be7", {"pid": 641, "handle": "00000000350a4be7"}),
    ("retries", "  [641] locked. retry 00000000350a4be7",
     {"pid": 641, "handle": "00000000350a4be7"}),
    ("left", " >[641] 4c2000 00000000350a4be7",
     {"pid": 641, "page": 0x4c2000, "handle": "00000000350a4be7"}),
    ("closed", ">>[641] 4c2000 00000000350a4be7",
     {"pid": 641, "page": 0x4c2000, "handle": "00000000350a4be7"}),
    ("page_ask", "  [641] ->[639/1] 4c2000 4488c0",
     {"pid": 641, "peer_pid": 639, "peer_node": 1, "page": 0x4c2000, "ip": 0x4488c0}),
    ("page_reply", "  [641] <-[639/1] 4ce000 4000",
     {"pid": 641, "peer_pid": 639, "peer_node": 1, "page": 0x4ce000, "result": 0x4000}),
    ("page_asked", "REMOTE_PAGE_REQUEST [638] 7fffec7e1000 R 401ffb from [662/0]",
     {"pid": 638, "page": 0x7fffec7e1000, "access": "R", "ip": 0x401ffb, "peer_pid": 662,
      "peer_node": 0}),
    ("page_asked", "REMOTE_PAGE_REQUEST [638] 7fffec7e1000 W from [662/0]",
     {"pid": 638, "page": 0x7fffec7e1000, "access": "W", "peer_pid": 662, "peer_node": 0}),
    ("touched", "  [639] handle local fault at origin", {"pid": 639}),
    ("no_entry", "  [639] No PTE!!", {"pid": 639}),
    ("not_found", "  [639] not found", {"pid": 639}),
    ("page_answer", "  [639] ->[641/0] 400",
     {"pid": 639, "peer_pid": 641, "peer_node": 0, "result": 0x400}),
    ("failed", "  [641] failed 0x2", {"pid": 641, "result": 0x2}),
    ("backoff", "  [641] backoff 3", {"pid": 641, "weight": 3}),
    ("revoke", "  [640] revoke 7ffff77f8000 [638/1]",
     {"pid": 640, "page": 0x7ffff77f8000, "peer_pid": 638, "peer_node": 1}),
    ("invalidate", "INVALIDATE_PAGE [638] 7ffff7ff8000 [639/0]",
     {"pid": 638, "page": 0x7ffff7ff8000, "peer_pid": 639, "peer_node": 0}),
    ("invalidate_waits", "  [638] local write ongoing, wait",
     {"pid": 638, "whose": "local", "what": "write"}),
    ("invalidate_waits", "  [638] remote read ongoing, wait",
     {"pid": 638, "whose": "remote", "what": "read"}),
    ("invalidate_free", " =[638] 7ffff7ff8000", {"pid": 638, "page": 0x7ffff7ff8000}),
    ("invalidated", ">>[638] ->[639/0]", {"pid": 638, "peer_pid": 639, "peer_node": 0}),
    ("invalidate_lost", "process_page_invalidate_request: no such process 639 638 7ffff7ff8000",
     {"peer_pid": 639, "pid": 638, "page": 0x7ffff7ff8000}),
    ("zap", "  [718] zap 7ffff77f9000", {"pid": 718, "page": 0x7ffff77f9000}),
    ("flush", "FLUSH_REMOTE_PAGES [641]", {"pid": 641}),
    ("flush_page", "  [641] * 4ce000", {"pid": 641, "how": "*", "page": 0x4ce000}),
    ("flush_page", "  [641] + 4c2000", {"pid": 641, "how": "+", "page": 0x4c2000}),
    ("flush_page", "  [641] - 401000", {"pid": 641, "how": "-", "page": 0x401000}),
    ("flushed", "  [639] flush ->[641/0] 4ce000",
     {"pid": 639, "peer_pid": 641, "peer_node": 0, "page": 0x4ce000}),
    ("panic", "------------------ Start panicking -----------------", {}),
    ("panic_page", "page_server_panic: 401000           (null) ffffffffffffffff ffff880138c0d008 0",
     {"addr": 0x401000, "info": "          (null)", "owners": 0xffffffffffffffff,
      "entry": "ffff880138c0d008", "pte": 0x0}),
    ("loading", "Loading Popcorn messaging layer over TCP/IP...", {"transport": "TCP/IP"}),
    ("loading_nodes", "popcorn: Loading node configuration...", {}),
    ("node", "popcorn: * 0: 10.4.4.200", {"mine": "*", "node": 0, "address": "10.4.4.200"}),
    ("node", "popcorn:   12: 10.4.4.201", {"mine": " ", "node": 12, "address": "10.4.4.201"}),
    ("listening", "Ready to accept incoming connections", {}),
    ("connecting", "Connecting to 0 at 10.4.4.200", {"node": 0, "address": "10.4.4.200"}),
    ("handler", "SEND handler for 1 is ready", {"direction": "SEND", "node": 1}),
    ("handler", "RECV handler for 0 is ready", {"direction": "RECV", "node": 0}),
    ("node_joined", "popcorn:    0 joined, x86_64", {"node": 0, "architecture": "x86_64"}),
    ("ready", "popcorn: Ready on TCP/IP", {"transport": "TCP/IP"}),
    ("over_release", "Over-release message type 12", {"type": 12}),
    ("leak", "type 14", {"type": 14}),
    ("no_callback", "No callback registered for 30", {"type": 30}),
    ("futex_ask", " f[641] ->[639/1] 0x80 00007ffff7ff8010 0x2",
     {"pid": 641, "peer_pid": 639, "peer_node": 1, "operation": 0x80, "addr": "00007ffff7ff8010",
      "value": 0x2}),
    ("futex_reply", " f[641] <-[639/1] 0x81 00007ffff7ff8010 -110",
     {"pid": 641, "peer_pid": 639, "peer_node": 1, "operation": 0x81, "addr": "00007ffff7ff8010",
      "result": -110}),
    ("count", "       81920         40960  Total network I/O",
     {"sent": 81920, "received": 40960, "of": "Total network I/O"}),
    ("count", "           7             7  ", {"sent": 7, "received": 7, "of": ""}),
    ("conflicts", " 0 12           16 0            32 3            48 0           ",
     {"cell0": 0, "hits0": 12, "cell1": 16, "hits1": 0, "cell2": 32, "hits2": 3, "cell3": 48,
      "hits3": 0}),
    ("conflicts", " 9  1              25  0              41  0              57  1234567890  ",
     {"cell0": 9, "hits0": 1, "cell1": 25, "hits1": 0, "cell2": 41, "hits2": 0, "cell3": 57,
      "hits3": 1234567890}),
    ("event_fault", "pgfault: 0 638 W 401ffb 7fffec7e1000 16384",
     {"node": 0, "pid": 638, "access": "W", "ip": 0x401ffb, "page": 0x7fffec7e1000,
      "result": 16384}),
    ("event_time", "pgfault_stat: 401ffb 7fffec7e1010 0 2 183920",
     {"ip": 0x401ffb, "addr": 0x7fffec7e1010, "result": 0, "retries": 2, "time_ns": 183920}),
    ("hung_task", "INFO: task mt:718 blocked for more than 120 seconds.",
     {"comm": "mt", "pid": 718, "seconds": 120}),
    ("hung_task", "INFO: task kworker/u4:1:80 blocked for more than 120 seconds.",
     {"comm": "kworker/u4:1", "pid": 80, "seconds": 120}),
    ("cut_here", "------------[ cut here ]------------", {}),
    ("kernel_bug", "kernel BUG at kernel/popcorn/pcn_kmsg.c:81!",
     {"path": "kernel/popcorn/pcn_kmsg.c", "line": 81}),
    ("warning",
     "WARNING: CPU: 1 PID: 640 at kernel/popcorn/vma_server.c:400"
     " process_vma_op_request+0x1c0/0x200",
     {"cpu": 1, "pid": 640, "path": "kernel/popcorn/vma_server.c", "line": 400,
      "function": "process_vma_op_request+0x1c0/0x200"}),
    ("null_pointer", "BUG: kernel NULL pointer dereference, address: 0000000000000328",
     {"addr": "0000000000000328"}),
    ("null_pointer", "BUG: unable to handle kernel NULL pointer dereference at           (null)",
     {"addr": "          (null)"}),
    ("bad_pointer", "BUG: unable to handle page fault for address: ffffffffffffff92",
     {"addr": "ffffffffffffff92"}),
    ("bad_pointer", "BUG: unable to handle kernel paging request at ffffffffffffff92",
     {"addr": "ffffffffffffff92"}),
    ("lockup", "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [mt:718]",
     {"cpu": 0, "seconds": 22, "comm": "mt", "pid": 718}),
    ("lockup", "NMI watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [mt:718]",
     {"cpu": 0, "seconds": 22, "comm": "mt", "pid": 718}),
    ("bug", "BUG: Bad page map in process mt  pte:8000000138a4f064 pmd:136b4f067",
     {"what": "Bad page map in process mt  pte:8000000138a4f064 pmd:136b4f067"}),
    ("oops", "Oops: 0002 [#7] SMP NOPTI", {"code": 0x2, "count": 7, "build": " SMP NOPTI"}),
    ("oops", "Internal error: Oops - BUG: 0 [#1] PREEMPT SMP",
     {"what": "Oops - BUG", "code": 0x0, "count": 1, "build": " PREEMPT SMP"}),
    ("protection_fault", "general protection fault: 0000 [#1] SMP",
     {"code": 0x0, "count": 1, "build": " SMP"}),
    ("trap", "invalid opcode: 0000 [#4] SMP NOPTI",
     {"trap": "invalid opcode", "code": 0x0, "count": 4, "build": " SMP NOPTI"}),
    ("registers",
     "CPU: 1 PID: 643 Comm: github-100 Tainted: G      D    O      5.2.0-rc4-popcorn+"
     " #5",
     {"cpu": 1, "pid": 643, "comm": "github-100", "kdump": False, "taint": "Tainted:",
      "kernel": " G      D    O      5.2.0-rc4-popcorn+ #5"}),
    ("registers",
     "CPU: 0 PID: 931 Comm: two words Kdump: loaded Not tainted 4.19.0-rc5-popcorn+"
     " #7",
     {"cpu": 0, "pid": 931, "comm": "two words", "kdump": True, "taint": "Not tainted",
      "kernel": " 4.19.0-rc5-popcorn+ #7"}),
    ("call_trace", "Call Trace:", {}),
    ("call_trace", "Call trace:", {}),
    ("recursive", "Fixing recursive fault but reboot is needed!", {}),
)  # fmt: skip

MAY_BE_ODD: Final = frozenset({"", "4.19, 5.2", "5.2", "4.19", "4.4", "4.4, 4.19", "early 4.4"})
"""How wordings say which kernels have them, unless that depends on something else, too."""


@pytest.mark.parametrize(("name", "text", "fields"), EXAMPLES, ids=[each[1] for each in EXAMPLES])
def test_a_line_is_read(name: str, text: str, fields: Mapping[str, Value]) -> None:
    found = find(text)
    assert found is not None
    assert (found[0].name, found[1]) == (name, fields)


def test_each_wording_of_each_kind_has_an_example() -> None:
    lack = [
        (kind.name, wording.text)
        for kind in KINDS
        for wording in kind.wordings
        if not any(wording.read(text) == fields for _, text, fields in EXAMPLES)
    ]
    assert not lack


def test_each_example_is_printed_as_it_was_written() -> None:
    for name, text, fields in EXAMPLES:
        printed = {
            wording.render(fields).removeprefix("\n")
            for wording in KIND[name].wordings
            if wording.names == fields.keys()
        }
        assert text in printed


def test_what_a_line_has_seen_is_one_sentence() -> None:
    for kind in KINDS:
        assert kind.sees.endswith(".")
        assert kind.sees[0].isupper()
        assert kind.function
        assert kind.file
        for wording in kind.wordings:
            assert wording.kernels in MAY_BE_ODD or wording.kernels.startswith("any")


@pytest.mark.parametrize(
    ("group", "count"),
    [
        ("process server", 24),
        ("VMA server", 27),
        ("page server", 38),
        ("message layer", 11),
        ("futex", 2),
        ("statistics", 4),
        ("kernel", 14),
    ],
)
def test_each_part_of_the_kernel_has_its_kinds(group: str, count: int) -> None:
    assert sum(kind.group == group for kind in KINDS) == count


def test_of_two_lines_with_one_text_the_first_kind_is_taken() -> None:
    # An answer to a brk that ends with a page reads like an area; any other does not.
    assert KIND["brk_reply"].render({"pid": 5, "differs": "0", "end": 0x4F3000}) == "  [5] 0 4f3000"
    found = find("  [5] 0 4f3000")
    assert found is not None
    assert found[0].name == "area_nearest"
    found = find("  [5] 0 4f3010")
    assert found is not None
    assert found[0].name == "brk_reply"
