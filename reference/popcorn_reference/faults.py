"""What can be wrong with what the reference is handed, and whose fault it is."""


class LocalFault(Exception):
    """The program around the core has misused it."""


class RemoteFault(Exception):
    """Another kernel has broken the protocol: what came, and what would have been legal."""


class RecordError(Exception):
    """A record of a run is malformed, or the run cannot be repeated."""


class ElfError(Exception):
    """A file is not a program that can be run here."""


class GuestError(Exception):
    """A program did something that its processor cannot do or be made to do."""


class Spent(GuestError):
    """A run was given up before the program was over: its budget is spent, or it will never be."""


class AssemblyError(Exception):
    """A text is not a program for the small machine: which line, why, and what would be right."""
