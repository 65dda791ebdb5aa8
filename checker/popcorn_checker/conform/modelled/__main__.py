"""A model as an adapter: `... modelled PROTOCOL VARIANT [SEED] [pages] [SWITCH=VALUE]...`.

Lines come in and go out as docs/adapters.md has them. With `pages` it tells also where threads
run, and which pages can be used where if kernels have copies of them.
"""

from __future__ import annotations

import sys

import msgspec

from popcorn_checker.conform import wire
from popcorn_checker.conform.modelled.model import KERNELS, Model, make_model
from popcorn_checker.errors import UsageError
from popcorn_model.language import ModelError


def answer(
    order: wire.Hello | wire.ProgramOrder, model: Model, protocol: str, variant: str
) -> wire.HelloReply | wire.ProgramReply:
    """The answer to an order."""
    if isinstance(order, wire.Hello):
        return wire.HelloReply(
            wire.VERSION, f"{protocol} {variant}", KERNELS[protocol].capabilities,
            level=model.level, language="Python",
        )  # fmt: skip
    return model.do(order)


def main(args: list[str]) -> int:
    """Answer lines until there are no more."""
    try:
        protocol, variant, *more = args
        model = make_model(protocol, variant, *more)
    except (UsageError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    except ValueError:
        print(__doc__, file=sys.stderr)
        return 2
    decode = msgspec.json.Decoder(wire.Hello | wire.ProgramOrder | wire.Bye).decode
    encode = msgspec.json.Encoder().encode
    for line in sys.stdin.buffer:
        order = decode(line)
        if isinstance(order, wire.Bye):
            break
        sys.stdout.buffer.write(encode(answer(order, model, protocol, variant)) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
