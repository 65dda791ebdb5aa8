"""What the message layer prints, what futexes would, and what is counted.

The two lines about futexes stand in a comment of the published source: a kernel prints them only if
somebody has taken it away. Counts are read from /proc/popcorn_stat, and faults from a trace of the
events of the system `popcorn`; both are put beside a log often enough to be read here.
"""

from typing import Final

from popcorn_checker.dmesg.rows import make_kinds

_SOCKET: Final = "init_kmsg_sock"
_COMMON: Final = "identify_myself: msg_layer/common.h"
_KMSG: Final = "kernel/popcorn/pcn_kmsg.c"
_FUTEX: Final = "process_server_do_futex_at_remote"
_EVENT: Final = "TRACE_EVENT"

MESSAGES: Final = make_kinds(
    "message layer",
    "msg_layer/socket.c",
    ("loading", "Loading Popcorn messaging layer over {transport:w}...", _SOCKET,
     "The module of a transport begins."),
    ("loading_nodes", "popcorn: Loading node configuration...", _COMMON,
     "The list of nodes follows."),
    ("node", "popcorn: {mine:*| } {node:d}: {address:i}", _COMMON,
     "A node of the list; the star is at the node that prints this."),
    ("listening", "Ready to accept incoming connections", "__listen_to_connection",
     "Nodes with greater numbers can connect."),
    ("connecting", "Connecting to {node:d} at {address:i}", "__connect_to_server",
     "The node connects to one with a smaller number."),
    ("handler", "{direction:SEND|RECV} handler for {node:d} is ready",
     "send_handler, recv_handler", "The thread that sends to a node, or receives from it, begins."),
    ("node_joined", "popcorn:    {node:d} joined, {architecture:w}",
     "handle_node_info: kernel/popcorn/bundle.c",
     "A node has said what it is; before that nobody may migrate to it."),
    ("ready", "popcorn: Ready on {transport:w}", _SOCKET, "All nodes are connected."),
    ("over_release", "Over-release message type {type:d}", f"pcn_kmsg_done: {_KMSG}",
     "Alarm: a message has been freed more often than received."),
    ("leak", "type {type:d}", f"pcn_kmsg_process: {_KMSG}",
     "Alarm, after a warning: more than 64 messages of a type have not been freed."),
    ("no_callback", "No callback registered for {type:d}", f"pcn_kmsg_process: {_KMSG}",
     "Alarm: nobody takes messages of a type."),
)  # fmt: skip

FUTEXES: Final = make_kinds(
    "futex",
    "kernel/popcorn/process_server.c",
    ("futex_ask",
     " f[{pid:d}] ->[{peer_pid:d}/{peer_node:d}] 0x{operation:x} {addr:p} 0x{value:x}", _FUTEX,
     "A remote thread is about to delegate an operation on a futex to its shadow."),
    ("futex_reply",
     " f[{pid:d}] <-[{peer_pid:d}/{peer_node:d}] 0x{operation:x} {addr:p} {result:d}", _FUTEX,
     "The operation on a futex has been answered."),
)  # fmt: skip

STATISTICS: Final = make_kinds(
    "statistics",
    "kernel/popcorn/stat.c",
    ("conflicts", {
        "5.2": " ".join(f"{{cell{n}:2d}} {{hits{n}:-12d}}" for n in range(4)),
        "4.4": "   ".join(f"{{cell{n}:2d}}  {{hits{n}:-12d}}" for n in range(4)),
     }, "fh_action_stat: kernel/popcorn/fh_action.c",
     "How often each of four cells of the table of conflicts was looked up."),
    ("count", "{sent:12d}  {received:12d}  {of:t}", "__show_stats",
     "How much was sent and received: bytes in total, or messages of a type."),
    ("event_fault", "pgfault: {node:d} {pid:d} {access:R|W} {ip:x} {page:a} {result:d}",
     f"{_EVENT}: kernel/popcorn/trace_events.h",
     "A fault is handled, at its own node or, with the target's pid, for a remote node."),
    ("event_time", "pgfault_stat: {ip:x} {addr:x} {result:d} {retries:d} {time_ns:d}",
     f"{_EVENT}: kernel/popcorn/trace_events.h", "A fault is over: how long that took."),
)  # fmt: skip
