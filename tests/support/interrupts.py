"""Processes that heed Ctrl-C, also where the tests have been started in the background."""

import signal


def heed() -> None:
    """For a process about to begin: a shell has those in the background pass interrupts over."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
