"""The part about areas: fetching them, operations on them, telling nodes."""

from popcorn_model.language import Part
from popcorn_model.popcorn_2020 import area_calls, area_telling, areas, tasks
from popcorn_model.popcorn_2020.area_properties import AREA_PROPERTIES
from popcorn_model.popcorn_2020.messages import Wire

VMA = Part(
    "vma",
    "Areas, fetching them, delegated operations, the semaphore of an address space.",
    states=(
        tasks.area,
        tasks.call,
        tasks.writer,
        areas.operation,
        areas.about,
        areas.got,
        areas.misled,
        area_telling.untold,
        area_telling.awaits,
    ),
    messages=(
        Wire.vma_info_request,
        Wire.vma_info_response,
        Wire.vma_op_request,
        Wire.vma_op_response,
    ),
    actions=(
        areas.ask_for_area,
        areas.follow_fetch,
        areas.answer_about_area,
        areas.take_area,
        areas.install_area,
        area_calls.call_mmap,
        area_calls.call_mprotect,
        area_calls.call_munmap,
        area_calls.call_brk,
        area_calls.unmap_here,
        area_calls.begin_for_remote,
        area_calls.map_for_call,
        area_calls.fail_to_map,
        area_calls.lower_at_origin,
        area_calls.take_answer,
        area_calls.finish_here,
        area_calls.fail_to_finish,
        area_telling.tell_node,
        area_telling.take_acknowledgement,
        area_telling.give_up_on_node,
        area_telling.all_are_told,
        area_telling.queue_unmap,
        area_telling.begin_unmap,
        area_telling.lower_for_origin,
    ),
    properties=AREA_PROPERTIES,
    needs=("transport", "tasks", "threads"),
)
