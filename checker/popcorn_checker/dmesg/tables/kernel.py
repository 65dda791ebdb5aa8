"""What Linux itself prints when something hangs or breaks."""

from typing import Final

from popcorn_checker.dmesg.rows import make_kinds

_TRAPS: Final = (
    "invalid opcode|divide error|double fault|stack segment|segment not present|invalid TSS"
)
_DIE: Final = "__die: arch/x86/kernel/dumpstack.c"
_FAULT: Final = "show_fault_oops: arch/x86/mm/fault.c"
_LOCKUP: Final = "BUG: soft lockup - CPU#{cpu:d} stuck for {seconds:d}s! [{comm:s}:{pid:d}]"

KERNEL: Final = make_kinds(
    "kernel",
    "lib/bug.c",
    ("hung_task", "INFO: task {comm:s}:{pid:d} blocked for more than {seconds:d} seconds.",
     "check_hung_task: kernel/hung_task.c", "A task has slept for long, and nothing wakes it."),
    ("cut_here", "------------[ cut here ]------------", "report_bug",
     "A report of a defect begins."),
    ("kernel_bug", "kernel BUG at {path:w}:{line:d}!", "report_bug",
     "The kernel has found itself in a state that its source forbids."),
    ("warning", "WARNING: CPU: {cpu:d} PID: {pid:d} at {path:w}:{line:d} {function:s}",
     "__warn: kernel/panic.c", "The kernel goes on from a state that its source warns of."),
    ("null_pointer", {
        "5.2": "BUG: kernel NULL pointer dereference, address: {addr:p}",
        "4.4, 4.19": "BUG: unable to handle kernel NULL pointer dereference at {addr:p}",
     }, _FAULT, "The kernel has used a null pointer."),
    ("bad_pointer", {
        "5.2": "BUG: unable to handle page fault for address: {addr:p}",
        "4.4, 4.19": "BUG: unable to handle kernel paging request at {addr:p}",
     }, _FAULT, "The kernel has used an address where nothing is."),
    ("lockup", {"4.19, 5.2": f"watchdog: {_LOCKUP}", "4.4": f"NMI watchdog: {_LOCKUP}"},
     "watchdog_timer_fn: kernel/watchdog.c", "A task keeps a processor to itself."),
    ("bug", "BUG: {what:s}", "many: many", "The kernel has found something else that cannot be."),
    ("oops", {
        "any, x86": "Oops: {code:04x} [#{count:d}]{build:t}",
        "any, arm64": "Internal error: {what:s}: {code:x} [#{count:d}]{build:t}",
     }, _DIE, "The kernel ends the task that has run into a defect."),
    ("protection_fault", "general protection fault: {code:04x} [#{count:d}]{build:t}", _DIE,
     "The kernel has used an address that cannot be one, or broken another rule."),
    ("trap", "{trap:" + _TRAPS + "}: {code:04x} [#{count:d}]{build:t}", _DIE,
     "The processor has refused an instruction; an invalid opcode follows a kernel BUG."),
    ("registers",
     "CPU: {cpu:d} PID: {pid:d} Comm: {comm:s}{kdump:? Kdump: loaded} "
     "{taint:Tainted:|Not tainted}{kernel:t}",
     "dump_stack_print_info: lib/dump_stack.c",
     "Which task the report is of; registers follow."),
    ("call_trace", {"any, x86": "Call Trace:", "any, arm64": "Call trace:"},
     "show_trace_log_lvl: arch/x86/kernel/dumpstack.c", "What the task was doing follows."),
    ("recursive", "Fixing recursive fault but reboot is needed!", "do_exit: kernel/exit.c",
     "A task has failed again while it ended, and is parked for ever."),
)  # fmt: skip
