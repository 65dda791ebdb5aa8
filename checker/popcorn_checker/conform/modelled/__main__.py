"""A model as an adapter: `... modelled PROTOCOL VARIANT [SEED] [pages] [SWITCH=VALUE]...`.

Lines come in and go out as docs/adapters.md has them. With `pages` it tells also where threads
run, and which pages can be used where if kernels have copies of them.
"""

from __future__ import annotations

import sys
from typing import Final

import msgspec

from popcorn_checker.conform import wire
from popcorn_checker.conform.modelled.kernels import Kernels
from popcorn_checker.conform.modelled.kernels_2014 import Kernels2014
from popcorn_checker.conform.modelled.kernels_2020 import Kernels2020
from popcorn_checker.conform.modelled.machine import make_machine
from popcorn_checker.conform.modelled.program import Model
from popcorn_checker.errors import UsageError

KERNELS: Final[dict[str, type[Kernels]]] = {
    each.protocol: each for each in (Kernels2014, Kernels2020)
}
PAGES: Final = "pages"


def make_model(protocol: str, variant: str, *more: str) -> Model:
    """The model of these names, not run yet. Raises: UsageError."""
    if protocol not in KERNELS:
        raise UsageError(f"nobody has said how to drive {protocol}: legal are {', '.join(KERNELS)}")
    kind = KERNELS[protocol]
    settings = tuple((n, v) for n, is_set, v in (m.partition("=") for m in more) if is_set)

    def make(order: wire.Reset) -> Kernels:
        scope = kind.scope(order.kernels, order.threads, order.pages)
        return kind(make_machine(protocol, variant, settings, scope))

    seed = next((int(m) for m in more if m.isdecimal()), 0)
    return Model(make, seed, PAGES if PAGES in more else "program")


def main(args: list[str]) -> int:
    """Answer lines until there are no more."""
    try:
        protocol, variant, *more = args
        model = make_model(protocol, variant, *more)
        model.do(wire.Reset(0, 2, 1, 1))  # so that a wrong name is found at once
    except (UsageError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    decode = msgspec.json.Decoder(wire.Hello | wire.ProgramOrder | wire.Bye).decode
    encode = msgspec.json.Encoder().encode
    for line in sys.stdin.buffer:
        order = decode(line)
        match order:
            case wire.Bye():
                break
            case wire.Hello():
                name, more_of_it = f"{protocol} {variant}", KERNELS[protocol].capabilities
                reply: object = wire.HelloReply(
                    wire.VERSION, name, more_of_it, level=model.level, language="the model")
            case _:
                reply = model.do(order)
        sys.stdout.buffer.write(encode(reply) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
