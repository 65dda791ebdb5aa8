"""Two traces made by hand, as an engine would make them: one ends badly, one never ends.

They are stories, not results: what the pictures are tried on, without any engine or model.
"""

from collections.abc import Mapping
from typing import Final

from popcorn_checker.trace import Event, Letter, Trace, TraceStep

Cells = dict[str, object]

SORTS: Final = {"Kernel": ("k0", "k1", "k2"), "Task": ("t0", "t1"), "Page": ("p0",)}


def make_message(kind: str, **fields: object) -> Letter:
    """A message with its fields in the order given."""
    return Letter(kind, tuple(fields.items()))


def make_send(kernel: str, letter: Letter) -> Event:
    """A message joins the ring of a kernel."""
    return Event("send", "ring", (kernel,), letter)


def make_take(kernel: str, letter: Letter) -> Event:
    """A message leaves the ring of a kernel."""
    return Event("take", "ring", (kernel,), letter)


def make_step(call: str, doc: str, *events: Event, source: str = "", tag: str = "") -> TraceStep:
    """A step from ``name(t=t0, k=k1)`` and a sentence."""
    action, _, inner = call.rstrip(")").partition("(")
    pairs = (part.split("=") for part in inner.split(", ") if part)
    return TraceStep(action, tuple((n, v) for n, v in pairs), doc, source, tag, events)


def make_states(
    start: Mapping[str, object], steps: list[tuple[TraceStep, Cells]]
) -> tuple[Cells, ...]:
    """All states of a story: each step's changes, and what its events do to the queues."""
    states: list[Cells] = [dict(start)]
    for step, changes in steps:
        state = states[-1] | changes
        for event in step.events:
            cell = f"{event.queue}[{','.join(event.index)}]"
            queue = state[cell]
            assert isinstance(queue, tuple)
            if event.what == "send":
                state[cell] = (*queue, event.item)
            else:
                assert queue[0] == event.item, f"{step}: {event.item} is not the head of {cell}"
                state[cell] = queue[1:]
        states.append(state)
    return tuple(states)


CLONE: Final = make_message("clone_request", task="t0", source="k0", epoch=1)
PAIRING: Final = make_message("pairing", task="t0", at="k1")
ASK: Final = make_message("mapping_request", task="t0", page="p0", source="k1")
NOT_HERE: Final = make_message("mapping_response", page="p0", source="k2", present=False)
HERE: Final = make_message("mapping_response", page="p0", source="k0", present=True)
GROUP_EXIT: Final = make_message("exit_group", source="k0")
BACK: Final = make_message("back_migration", task="t0", source="k1", epoch=2)

MIGRATION_START: Final[Cells] = {
    **{f"phase[{t},{k}]": "absent" for t in SORTS["Task"] for k in SORTS["Kernel"]},
    "phase[t0,k0]": "running",
    "phase[t1,k0]": "running",
    **{f"visited[t0,{k}]": False for k in SORTS["Kernel"]},
    "copy[p0,k0]": "exclusive",
    "copy[p0,k1]": "invalid",
    "copy[p0,k2]": "invalid",
    "owner[p0]": "k0",
    "next_kernel[t0]": None,
    "answers[t0]": 0,
    **{f"ring[{k}]": () for k in SORTS["Kernel"]},
    "hops[t0]": 3,
    "hops[t1]": 3,
    "group_exits": 1,
}

MIGRATION_STEPS: Final[list[tuple[TraceStep, Cells]]] = [
    (
        make_step(
            "migrate_first_time(t=t0, k=k0, d=k1)",
            "A task leaves for a kernel it has never visited and leaves a shadow behind. The "
            "request carries its registers and the set of kernels it has visited.",
            make_send("k1", CLONE),
            source="kernel/process_server.c:do_migration_to_new_cpu",
            tag="claimed",
        ),
        {"phase[t0,k0]": "shadow", "visited[t0,k0]": True, "hops[t0]": 2},
    ),
    (
        make_step(
            "begin_import(t=t0, k=k1)",
            "The destination takes the request and starts to build the task.",
            make_take("k1", CLONE),
            source="kernel/process_server.c:handle_clone_request",
            tag="claimed",
        ),
        {"phase[t0,k1]": "importing"},
    ),
    (
        make_step(
            "finish_import(t=t0, k=k1)",
            "The imported task runs, and the kernel it came from is told which task it is.",
            make_send("k0", PAIRING),
            source="kernel/process_server.c:process_server_import_address_space",
            tag="claimed",
        ),
        {"phase[t0,k1]": "running"},
    ),
    (
        make_step(
            "pair(k=k0)",
            "The source notes where its shadow's task went.",
            make_take("k0", PAIRING),
            source="kernel/process_server.c:handle_process_pairing_request",
            tag="claimed",
        ),
        {"next_kernel[t0]": "k1"},
    ),
    (
        make_step(
            "fault(t=t0, k=k1, p=p0)",
            "A task touches a page that its kernel does not map, and asks every other kernel.",
            make_send("k0", ASK),
            make_send("k2", ASK),
            source="kernel/process_server.c:process_server_pull_remote_mappings",
            tag="claimed",
        ),
        {"answers[t0]": 2},
    ),
    (
        make_step(
            "answer_mapping(k=k2, p=p0)",
            "A kernel without the page says that it is not present.",
            make_take("k2", ASK),
            make_send("k1", NOT_HERE),
            source="kernel/process_server.c:process_mapping_request",
            tag="claimed",
        ),
        {},
    ),
    (
        make_step(
            "answer_mapping(k=k0, p=p0)",
            "A kernel that maps the page names its frame and shares it from then on.",
            make_take("k0", ASK),
            make_send("k1", HERE),
            source="kernel/process_server.c:process_mapping_request",
            tag="claimed",
        ),
        {"copy[p0,k0]": "shared"},
    ),
    (
        make_step(
            "count_answer(t=t0, k=k1)",
            "A requester counts an answer that brings nothing.",
            make_take("k1", NOT_HERE),
            source="kernel/process_server.c:handle_nonpresent_mapping_response",
            tag="claimed",
        ),
        {"answers[t0]": 1},
    ),
    (
        make_step(
            "exit_group(t=t1, k=k0)",
            "A task ends its whole group: the other kernels are told, and every local member dies, "
            "shadows as well.",
            make_send("k1", GROUP_EXIT),
            source="kernel/process_server.c:process_server_do_group_exit",
            tag="inferred",
        ),
        {"phase[t1,k0]": "exited", "phase[t0,k0]": "exited", "group_exits": 0},
    ),
    (
        make_step(
            "map_page(t=t0, k=k1, p=p0)",
            "The requester maps the frame that the answer names.",
            make_take("k1", HERE),
            source="kernel/process_server.c:handle_mapping_response",
            tag="claimed",
        ),
        {"copy[p0,k1]": "shared", "answers[t0]": 0},
    ),
    (
        make_step(
            "migrate_back(t=t0, k=k1, d=k0)",
            "A task returns to a kernel it has visited, where a shadow is thought to wait.",
            make_send("k0", BACK),
            source="kernel/process_server.c:do_migration_back_to_previous_cpu",
            tag="claimed",
        ),
        {"phase[t0,k1]": "shadow", "visited[t0,k1]": True, "hops[t0]": 1},
    ),
    (
        make_step(
            "drop_back_migration(k=k0)",
            "The task that comes back finds no shadow, and its message is dropped in silence.",
            make_take("k0", BACK),
            source="kernel/process_server.c:process_back_migration",
            tag="inferred",
        ),
        {},
    ),
]

SETTINGS: Final = {
    "answer_back_migration": "off",
    "keep_shadow_on_exit": "off",
    "preemption": "on",
    "ring_order": "fifo",
}

MIGRATION: Final = Trace(
    protocol="popcorn-2014",
    variant="as-built",
    scope={"kernels": 3, "tasks": 2, "pages": 1, "hops": 3},
    settings=SETTINGS,
    states=make_states(MIGRATION_START, MIGRATION_STEPS),
    steps=tuple(step for step, _ in MIGRATION_STEPS),
    sorts=SORTS,
    property="task_is_somewhere",
    property_doc="A task that has not exited runs on one kernel or is on its way to one.",
    reason="t0 is a shadow on k1, has exited on k0, and no message carries it.",
    lanes="Kernel",
    tokens="Task",
    where="phase",
    pages=("owner", "copy"),
    meta={"engine": "explicit", "states": 48544, "seconds": 1.25},
)

WANT: Final = make_message("page_request", page="p0", source="k0")
BUSY: Final = make_message("page_busy", page="p0", source="k1")

LASSO_START: Final[Cells] = {
    "phase[t0,k0]": "running",
    "phase[t0,k1]": "absent",
    "phase[t1,k0]": "absent",
    "phase[t1,k1]": "running",
    "owner[p0]": "k1",
    "faulting[t0]": False,
    "ring[k0]": (),
    "ring[k1]": (),
}

LASSO_STEPS: Final[list[tuple[TraceStep, Cells]]] = [
    (make_step("begin_fault(t=t0, k=k0)", "A task faults."), {"faulting[t0]": True}),
    (
        make_step("lock_page(t=t1, k=k1)", "A task holds the page; it never lets go."),
        {"phase[t1,k1]": "holding"},
    ),
    (
        make_step("ask_owner(t=t0, k=k0)", "The owner is asked.", make_send("k1", WANT)),
        {},
    ),
    (
        make_step(
            "refuse(k=k1)",
            "The owner is busy and says so.",
            make_take("k1", WANT),
            make_send("k0", BUSY),
        ),
        {},
    ),
    (
        make_step("try_again(t=t0, k=k0)", "The asker will try again.", make_take("k0", BUSY)),
        {},
    ),
]

LASSO: Final = Trace(
    protocol="popcorn-2020",
    variant="as-built",
    scope={"kernels": 2, "tasks": 2, "pages": 1},
    settings={"fair_faults": "off"},
    states=make_states(LASSO_START, LASSO_STEPS),
    steps=tuple(step for step, _ in LASSO_STEPS),
    sorts={"Kernel": ("k0", "k1"), "Task": ("t0", "t1"), "Page": ("p0",)},
    property="fault_ends",
    property_doc="A task that faults gets its page in the end.",
    reason="t0 faults for ever: k1 answers each request that the page is busy.",
    loop=2,
    lanes="Kernel",
    tokens="Task",
    where="phase",
    pages=("owner",),
)


def make_busy(steps: int, lanes: int, tasks: int = 2) -> Trace:
    """A long run with much traffic: messages to others and to oneself, many of them waiting."""
    kernels = tuple(f"k{n}" for n in range(lanes))
    names = tuple(f"t{n}" for n in range(tasks))
    start: Cells = {f"inc[{t},{k}]": "absent" for t in names for k in kernels}
    start |= {f"inc[{t},{kernels[n % lanes]}]": "running" for n, t in enumerate(names)}
    start |= {f"frame[p{n}]": None for n in range(2)}
    start |= {f"ring[{k}]": () for k in kernels}
    start["ring[k0]"] = (make_message("left_over", task="t0"),)
    story: list[tuple[TraceStep, Cells]] = []
    waiting = {k: list[Letter]() for k in kernels}
    waiting["k0"].append(make_message("left_over", task="t0"))
    for n in range(steps):
        here, there = kernels[n * 7 % lanes], kernels[n * 5 % 11 % lanes]
        task = names[n % tasks]
        events, changes = [], Cells()
        if waiting[here] and n % 3:
            events.append(make_take(here, waiting[here].pop(0)))
            changes[f"inc[{task},{here}]"] = ("running", "absent", "shadow")[n % 7 % 3]
        if n % 2:
            letter = make_message("a_request_with_a_long_name", task=task, number=n)
            events.append(make_send(there, letter))
            waiting[there].append(letter)
        changes[f"frame[p{n % 2}]"] = here if n % 5 else None
        call = f"step_with_quite_a_long_name_{n}(k={here}, t={task})" if n % 9 else "all_at_once()"
        story.append((make_step(call, f"Something happens for the {n}th time.", *events), changes))
    return Trace(
        protocol="busy",
        variant="",
        scope={"kernels": lanes, "tasks": tasks},
        settings={f"repair_{n}": "off" for n in range(9)},
        states=make_states(start, story),
        steps=tuple(step for step, _ in story),
        sorts={"Kernel": kernels, "Task": names, "Page": ("p0", "p1")},
        property="nothing_happens",
        property_doc="Nothing ever happens.",
        reason="Much has happened.",
        lanes="Kernel",
        tokens="Task",
        where="inc",
        pages=("frame",),
    )
