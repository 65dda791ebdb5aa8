"""The parts about threads: those that travel and exit, and what ends them all at once."""

from popcorn_model.language import Part
from popcorn_model.popcorn_2020 import exits, shadows, thread_states, threads, workers
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.thread_properties import SIGNAL_PROPERTIES, THREAD_PROPERTIES

THREADS = Part(
    "threads",
    "Migration there and back, shadows, workers, exits.",
    states=(
        thread_states.home,
        thread_states.link,
        thread_states.mail,
        thread_states.sender,
        thread_states.known,
        thread_states.peer,
        thread_states.stale,
        thread_states.remote,
        thread_states.worker,
        thread_states.work,
        thread_states.top,
        thread_states.below,
        thread_states.stop_work,
        thread_states.under_stop,
    ),
    messages=(
        Wire.task_migrate,
        Wire.task_migrate_back,
        Wire.task_pairing,
        Wire.task_exit_origin,
        Wire.task_exit_remote,
        Wire.task_refused,
    ),
    actions=(
        threads.connect_late,
        threads.learn_architecture,
        threads.exec_program,
        threads.clone_thread,
        threads.clone_on_remote,
        threads.migrate,
        threads.migrate_back,
        threads.migrate_onward,
        threads.end_parked,
        threads.take_refusal,
        threads.take_pairing,
        workers.take_clone_request,
        workers.queue_clone,
        workers.build_address_space,
        workers.fail_to_build,
        workers.refuse_clone,
        workers.fork_thread,
        workers.pair,
        workers.take_termination,
        workers.stop_worker,
        workers.end_worker,
        shadows.leave_mail,
        shadows.resume,
        shadows.follow_into_exit,
        exits.leave_address_space,
        exits.exit_at_origin,
        exits.exit_on_remote,
        exits.die_of_signal_64,
    ),
    properties=THREAD_PROPERTIES,
    needs=("transport", "tasks"),
)

SIGNALS = Part(
    "signals",
    "Kills and group exits.",
    states=(thread_states.ending, thread_states.told, thread_states.doomed),
    messages=(Wire.signal,),
    actions=(
        exits.kill_process,
        exits.obey_at_origin,
        exits.pass_kill_on,
        exits.take_signal,
        exits.obey_on_remote,
        exits.exit_group_on_remote,
    ),
    properties=SIGNAL_PROPERTIES,
    needs=("transport", "tasks", "threads"),
)
