"""The part *memory*: pages, frames and areas of all replicas, and the calls that change them."""

from popcorn_model.language import Part
from popcorn_model.popcorn_2014 import answers, faults, frames, records
from popcorn_model.popcorn_2014.messages import Wire
from popcorn_model.popcorn_2014.tasks import pulling

MEMORY = Part(
    "memory",
    "Faults and page queries; mmap, munmap, mprotect, mremap; frames and who frees them.",
    states=(
        frames.owner,
        frames.common,
        frames.parked,
        frames.pte,
        frames.writable,
        frames.area,
        frames.truth,
        frames.promise,
        records.doing,
        records.stage,
        records.first,
        records.last,
        records.mode,
        records.awaited,
        records.answer,
        records.answer_area,
        pulling,
    ),
    messages=(
        Wire.mapping_request,
        Wire.mapping_response,
        Wire.mapping_nonpresent,
    ),
    actions=(
        faults.touch_to_write,
        faults.touch_to_read,
        faults.find_page_present,
        faults.ask_for_page,
        faults.fault_alone,
        faults.map_found_page,
        faults.find_page_nowhere,
        faults.fill_page,
        faults.copy_page,
        faults.fill_nothing,
        faults.lock_stack,
        faults.ask_for_stack,
        faults.map_stack,
        answers.answer_with_page,
        answers.answer_with_copy,
        answers.answer_with_area,
        answers.answer_without_memory,
        answers.hear_of_page,
        answers.hear_of_nothing,
    ),
    needs=("transport", "tasks", "threads", "locks"),
    budgets=(records.VMA_OPS, records.READS),
)
