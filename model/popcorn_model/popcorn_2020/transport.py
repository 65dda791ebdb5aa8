"""The channels: one per ordered pair of nodes, in order up to the handler that takes a message.

A sender hands its message to the socket and goes on; one thread per peer reads from the socket and
calls the handler of the message's type. So a pair of nodes keeps the order (N6), nothing else does.
What a handler may not do is wait: it answers from what it finds, wakes somebody, or leaves the
message to a task or a work queue (then the order is lost; see messages.py on pages).

The ring that a sender puts its message into has room for 1024, which nobody fills here. Were it
full and a signal pending, the message would be dropped, and nobody would be told: that is what the
assumption ``ring`` is about.
"""

from popcorn_model.language import Part, Step, action, queue, send, take, when
from popcorn_model.language import expr as e
from popcorn_model.popcorn_2020.messages import Wire
from popcorn_model.popcorn_2020.sorts import Kernel
from popcorn_model.popcorn_2020.switches import RING

channel = queue(
    "channel", Kernel, Kernel, of=Wire, slots="channel_slots",
    doc="messages from the first node to the second that no handler has taken yet",
)  # fmt: skip


def post(j: Kernel, k: Kernel, message: Wire) -> e.Update:
    """Node j sends a message to node k, and does not wait."""
    return send(channel[j, k], message)


@action(only=(RING, "may_drop"))
def drop_message(j: Kernel, k: Kernel) -> Step:
    """A message met a full ring while a signal was pending for its sender, and is lost.

    Source: msg_layer/socket.c:enq_send
    Tag: inferred
    """
    return when(channel[j, k].waiting)(take(channel[j, k]))


TRANSPORT = Part(
    "transport",
    "One channel per ordered pair of nodes, in order up to the handler.",
    queues=(channel,),
    actions=(drop_message,),
)
