"""What the instructions of the small machine mean, in the plainest Python, to compare with."""

from dataclasses import dataclass, field
from typing import Final

from popcorn_model.vocabulary import Access
from popcorn_reference.cpu.instructions import BY_CODE, STACK, Word

MASK: Final = (1 << 64) - 1
PAGE: Final = 4096


def signed(value: int) -> int:
    """The number that 64 bits are, if the first of them is a sign."""
    return value - (1 << 64) if value >> 63 else value


def pow_two(count: int) -> int:
    """What shifting by so many bits multiplies by."""
    return int(2 ** (count % 64))


@dataclass
class Model:
    """Registers and bytes, and which pages have been used how."""

    registers: list[int]
    pc: int
    memory: dict[int, int] = field(default_factory=dict)
    uses: dict[int, Access] = field(default_factory=dict)

    def use(self, address: int, size: int, access: Access) -> None:
        """Note a use of bytes."""
        for each in range(address, address + size):
            page = (each & MASK) // PAGE
            if self.uses.get(page) is not Access.WRITE:
                self.uses[page] = access

    def load(self, address: int, size: int) -> int:
        """A number in memory."""
        self.use(address, size, Access.READ)
        return sum(self.memory.get(address + n & MASK, 0) << 8 * n for n in range(size))

    def store(self, address: int, size: int, value: int) -> None:
        """Put a number in memory."""
        self.use(address, size, Access.WRITE)
        for n in range(size):
            self.memory[address + n & MASK] = value >> 8 * n & 255

    def put(self, register: int, value: int) -> None:
        """Put a number in a register."""
        self.registers[register] = value & MASK

    def execute(self, word: Word) -> None:
        """Execute an instruction that is none of syscall and brk, and divides by no zero."""
        name, r = BY_CODE[word.code].name, self.registers
        left, right = r[word.second], r[word.third]
        after = self.pc + 8
        place = left + word.number & MASK
        size = int(name[-1]) if name[-1].isdigit() else 8
        match name.rstrip("148"):
            case "movi":
                self.put(word.first, word.number)
            case "movhi":
                self.put(word.first, r[word.first] % (1 << 32) + (word.number << 32))
            case "mov":
                self.put(word.first, left)
            case "addi":
                self.put(word.first, left + word.number)
            case "jmp":
                after = self.pc + word.number
            case "jmpr":
                after = r[word.first]
            case "call":
                self.store(r[STACK] - 8 & MASK, 8, after)
                self.put(STACK, r[STACK] - 8)
                after = self.pc + word.number
            case "ret":
                after = self.load(r[STACK], 8)
                self.put(STACK, r[STACK] + 8)
            case "ld":
                self.put(word.first, self.load(place, size))
            case "st":
                self.store(place, size, r[word.first])
            case "push":
                self.store(r[STACK] - 8 & MASK, 8, r[word.first])
                self.put(STACK, r[STACK] - 8)
            case "pop":
                value = self.load(r[STACK], 8)
                self.put(STACK, r[STACK] + 8)
                self.put(word.first, value)
            case "xadd" | "xchg" | "cmpxchg" as atomic:
                self.exchange(atomic, word, place, size)
            case "copy":
                after = self.copy(word)
            case "beq" | "bne" | "blt" | "bge" | "bltu" | "bgeu" as branch:
                if self.holds(branch, r[word.first], left):
                    after = self.pc + word.number
            case arithmetic:
                self.put(word.first, self.compute(arithmetic, left, right))
        self.pc = after & MASK

    def exchange(self, name: str, word: Word, place: int, size: int) -> None:
        """Take what is in memory, and put something else there."""
        r, old = self.registers, self.load(place, size)
        self.use(place, size, Access.WRITE)
        if name == "xadd":
            self.store(place, size, old + r[word.first])
        elif name == "xchg":
            self.store(place, size, r[word.first])
        elif old == r[word.first] % (1 << 8 * size):
            self.store(place, size, r[word.third])
        r[word.first] = old

    def copy(self, word: Word) -> int:
        """Copy one byte: where the next instruction is."""
        r = self.registers
        if r[word.third] == 0:
            return self.pc + 8
        self.store(r[word.first], 1, self.load(r[word.second], 1))
        for register, change in ((word.first, 1), (word.second, 1), (word.third, -1)):
            self.put(register, r[register] + change)
        return self.pc

    @staticmethod
    def holds(name: str, left: int, right: int) -> bool:
        """Whether a branch is taken."""
        if name in ("blt", "bge"):
            left, right = signed(left), signed(right)
        return {
            "beq": left == right, "bne": left != right, "blt": left < right, "bge": left >= right,
            "bltu": left < right, "bgeu": left >= right,
        }[name]  # fmt: skip

    @staticmethod
    def compute(name: str, left: int, right: int) -> int:
        """What an instruction makes of two numbers."""
        match name:
            case "add":
                return left + right
            case "sub":
                return left - right
            case "mul":
                return left * right
            case "divu":
                return left // right
            case "remu":
                return left - left // right * right
            case "and":
                return left & right
            case "or":
                return left | right
            case "xor":
                return (left | right) - (left & right)
            case "shl":
                return left * pow_two(right)
            case "shr":
                return left // pow_two(right)
            case "sar":
                return signed(left) // pow_two(right)
        raise AssertionError(name)
