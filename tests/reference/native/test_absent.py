"""Where the system lets nobody have a native processor, it is said to be absent, and why."""

import pytest

from popcorn_reference.cpu import native
from support.tools import MUST_HAVE, get_absent_tool, require_native


def test_a_system_without_them_is_a_tool_that_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MUST_HAVE, raising=False)
    monkeypatch.setattr(native, "why_not", lambda: "ptrace is not allowed")
    with pytest.raises(pytest.skip.Exception, match="ptrace is not allowed") as caught:
        require_native()
    assert get_absent_tool(str(caught.value)) == "native-processors"


@pytest.mark.parametrize("machine", ["aarch64", "riscv64"])
def test_other_machines_have_none(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert "x86-64" in str(native.why_not.__wrapped__())


def test_a_refusal_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(native, "_try", refuse)
    assert "Operation not permitted" in str(native.why_not.__wrapped__())
