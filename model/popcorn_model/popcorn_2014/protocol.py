"""The protocol: its parts put together, its variants, and the sizes it is checked at by default."""

from popcorn_model.language import ANY, Part, Protocol, Variant, View
from popcorn_model.language.protocol import Sizes
from popcorn_model.popcorn_2014 import arrival, closure, lifetime, membership, switches, threads
from popcorn_model.popcorn_2014.fork import FORK
from popcorn_model.popcorn_2014.lifetime_properties import LIFETIME as LIFETIME_PROPERTIES
from popcorn_model.popcorn_2014.lifetime_properties import settled
from popcorn_model.popcorn_2014.lock_interface import LOCK_STATE
from popcorn_model.popcorn_2014.lock_parts import LOCK_CLIENT, LOCKS, PLAIN_LOCKS
from popcorn_model.popcorn_2014.memory import MEMORY
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.migration_properties import MIGRATION
from popcorn_model.popcorn_2014.placement import PLACEMENT
from popcorn_model.popcorn_2014.sorts import Frame, Group, Kernel, Page, Replica, Task
from popcorn_model.popcorn_2014.tasks import TASKS, inc
from popcorn_model.popcorn_2014.tidiness_properties import TIDINESS
from popcorn_model.popcorn_2014.traffic import TRAFFIC
from popcorn_model.popcorn_2014.transport import TRANSPORT

THREADS = Part(
    "threads",
    "Programs and clones, migration, import, pairing, shadows, and the way back.",
    states=(
        membership.home,
        membership.group_home,
        membership.program,
        membership.counted,
        membership.visited,
        membership.came_from,
        membership.latest,
        membership.importer,
    ),
    messages=(
        Wire.clone_request,
        Wire.pairing,
        Wire.back_migration,
        Wire.born,
        Wire.born_ack,
    ),
    actions=(
        threads.never_booted,
        threads.start_program,
        threads.start_stranger,
        threads.clone_thread,
        threads.migrate_to_new_kernel,
        threads.migrate_back,
        threads.fall_asleep,
        threads.wake_for_no_reason,
        arrival.spawn_import,
        arrival.adopt_address_space,
        arrival.search_address_space,
        arrival.enter_group,
        arrival.finish_import,
        arrival.pair,
        arrival.resume_shadow,
        closure.count_birth,
        closure.let_run,
    ),
    properties=MIGRATION,
    needs=("transport", "tasks", "fork"),
    budgets=(membership.HOPS, membership.CLONES, membership.STRANGERS),
)

LIFETIME = Part(
    "lifetime",
    "Exit, group exit, counting, closure, saved address spaces.",
    states=(
        membership.doomed,
        membership.dying,
        membership.exiter,
        lifetime.exit_step,
        lifetime.awaiting,
        lifetime.members_left,
        lifetime.closed,
        lifetime.declared,
        lifetime.declared_again,
        lifetime.exit_called,
        lifetime.destroyed_early,
    ),
    messages=(
        Wire.exit_process,
        Wire.exit_group,
        Wire.closure,
        Wire.count_request,
        Wire.count_response,
        Wire.died,
    ),
    actions=(
        lifetime.exit_thread,
        lifetime.obey_kill,
        lifetime.shadow_exits,
        lifetime.leave_hook,
        lifetime.drop_address_space,
        lifetime.exit_alone,
        lifetime.flag_shadow,
        lifetime.wake_shadow,
        closure.answer_count,
        closure.collect_count,
        closure.conclude_count,
        closure.call_exit_group,
        closure.killed_alone,
        closure.receive_exit_group,
        closure.close_group,
        closure.count_death,
        closure.declare_closure,
    ),
    properties=(*LIFETIME_PROPERTIES, *TIDINESS),
    needs=("transport", "tasks", "threads"),
    budgets=(membership.GROUP_EXITS,),
)

SCOPE: Sizes = {
    "kernels": 2,
    "tasks": 2,
    "pages": 1,
    "reads": 0,
    "forks": 0,
    "groups": lambda s: 1 + s["forks"],
    "frames": lambda s: (2 + s["forks"]) * s["pages"] + s["reads"],
    "replicas": lambda s: max(2, s["groups"]),
    "hops": ANY,
    "group_exits": 1,
    "strangers": 0,
    "clones": lambda s: max(1, s["tasks"] - 1),
    "lock_rounds": 2,
    "sends": 2,
    "vma_ops": 2,
    "ring_slots": 6,
    "work_slots": lambda s: 2 * s["tasks"] + 2,
    "outbox_slots": 1,
}

BRIEF = {"hops": 1, "vma_ops": 0, "group_exits": 0}

REPAIRS = {
    repair.info.name: "on"
    for repair in (*switches.THREAD_REPAIRS, *switches.LOCK_REPAIRS, *switches.MEMORY_REPAIRS)
} | {"home_test": "current", "early_unlink": "no"}

PROTOCOL = Protocol(
    name="popcorn-2014",
    doc="Katz's cross-kernel migration: lazy replicas, shared frames, Lamport locks, shadows.",
    parts=(
        TRANSPORT,
        TRAFFIC,
        TASKS,
        PLACEMENT,
        THREADS,
        LIFETIME,
        LOCK_STATE,
        LOCKS,
        PLAIN_LOCKS,
        LOCK_CLIENT,
        MEMORY,
        FORK,
    ),
    switches=(
        switches.PREEMPTION,
        switches.STRAY_WAKE_UPS,
        switches.MEMBERSHIP,
        switches.DISPATCH,
        switches.QUEUES,
        switches.CONTIGUITY,
        switches.DISPOSITION_DEFAULT,
        switches.HOME_TEST,
        switches.LOCK,
        switches.AREA_LOCK,
        switches.VMA_ATOMIC,
        switches.MPROTECT_LOCK,
        switches.PLACED,
        switches.EARLY_UNLINK,
        *switches.THREAD_REPAIRS,
        *switches.LOCK_REPAIRS,
        *switches.MEMORY_REPAIRS,
    ),
    variants={
        "as-built": Variant("The code as it was, third version with the second hooks."),
        "repaired": Variant("Every known defect repaired.", REPAIRS),
    },
    scope=SCOPE,
    brief=BRIEF,
    ends=settled,
    view=View(lanes=Kernel, tokens=Task, where=inc),
    interchangeable=(Kernel, Group, Task, Replica, Page, Frame),
)
