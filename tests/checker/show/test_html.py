"""The page to step through a trace: its data, and what a browser makes of it."""

import base64
import hashlib
import html
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from popcorn_checker.show import to_html, to_text
from popcorn_checker.show.html import make_view
from popcorn_checker.trace import Event, Letter, Trace, TraceStep
from support.browser import FLAGS, Browser
from support.tools import require_tool
from support.traces import LASSO, MIGRATION, make_busy

EVIL: Final = "</script><script>document.title='evil'</script><img src=x onerror=alert(1)>{{trace}}"

Open = Callable[..., Browser]


def get_data(page: str) -> Any:
    """The trace's data as they stand in the page."""
    found = re.search(r'<script id="trace" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def make_evil() -> Trace:
    """A trace whose every text tries to break out of the page."""
    step = TraceStep(EVIL, (("k", EVIL), ("t", "t0")), EVIL, EVIL, EVIL)
    step = replace(step, events=(Event("send", EVIL, (EVIL,), Letter(EVIL, ((EVIL, "t0"),))),))
    cells = {EVIL: EVIL, f"where[t0,{EVIL}]": EVIL}
    sorts = {"Kernel": (EVIL,), "Task": ("t0",)}
    trace = Trace(EVIL, EVIL, {EVIL: 1}, {EVIL: EVIL}, (cells, cells), (step,), sorts)
    trace = replace(trace, property=EVIL, property_doc=EVIL, reason=EVIL, meta={EVIL: EVIL})
    return replace(trace, lanes="Kernel", tokens="Task", where="where", pages=(EVIL,))


# --- the page as text ----------------------------------------------------------------------


def test_the_page_holds_the_trace_as_data() -> None:
    page = to_html(MIGRATION)
    assert get_data(page) == json.loads(json.dumps(make_view(MIGRATION)))
    assert html.escape(to_text(MIGRATION)) in page
    assert "{{" not in page


def test_the_page_refers_to_nothing_outside_itself() -> None:
    page = to_html(MIGRATION)
    addresses = set(re.findall(r"\w+://[^\s\"'`]+", page))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, not a place
    assert not re.search(r"<link|@import|url\(|\ssrc=", page)


def test_the_policy_lets_only_the_template_s_script_run() -> None:
    page = to_html(MIGRATION)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in page


def test_no_text_of_a_trace_can_leave_its_place() -> None:
    page = to_html(make_evil())
    assert page.count("</script>") == to_html(MIGRATION).count("</script>")
    assert "<img" not in page
    assert get_data(page)["property"] == EVIL


def test_messages_join_the_steps_that_sent_and_took_them() -> None:
    arrows: Any = make_view(MIGRATION)["arrows"]
    first = {name: arrows[0][name] for name in ("sent", "taken", "source", "target", "token")}
    assert first == {"sent": 1, "taken": 2, "source": 0, "target": 1, "token": 0}
    assert arrows[0]["label"] == "clone_request(t0, epoch=1)"
    assert arrows[4]["label"] == "mapping_response(p0, !present)"
    steps: Any = make_view(MIGRATION)["steps"]
    assert [event["other"] for event in steps[4]["events"]] == [7, 6]
    assert steps[8]["events"][0]["other"] is None


def test_strips_tell_who_holds_each_page() -> None:
    strips: Any = make_view(MIGRATION)["strips"]
    owner, copy = strips
    assert (owner["page"], owner["variable"], owner["lanes"]) == ("p0", "owner", [None])
    assert owner["rows"][0] == [[0, True, "k0"]]
    assert copy["lanes"] == [0, 1, 2]
    assert copy["rows"][12] == [[0, True, "shared"], [1, True, "shared"], [2, False, "invalid"]]


# --- the page in a browser -----------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of this file."""
    program = require_tool("chromium")
    with Browser(program, tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a trace's page from a file, and holds afterwards that nothing went wrong in it."""

    def go(trace: Trace, fragment: str = "", **look: Any) -> Browser:
        path = tmp_path / "trace.html"
        path.write_text(to_html(trace), encoding="utf-8")
        browser.look(**{"width": 1280, "height": 900, **look})
        browser.open(path.as_uri() + fragment)
        return browser

    yield go
    assert browser.errors == []
    assert browser.addresses == [(tmp_path / "trace.html").as_uri()]


def get_step(page: Browser) -> int:
    """The step that the page shows, by everything that says so."""
    step = int(page.evaluate("document.body.dataset.step"))
    assert page.evaluate("document.getElementById('slider').value") == str(step)
    assert page.evaluate("document.getElementById('count').textContent").startswith(f"step {step} ")
    return step


def settle(page: Browser) -> None:
    """Waits until the page has heard of a change of its address."""
    page.evaluate("new Promise(done => setTimeout(done, 50))")


def read(page: Browser, selector: str) -> str:
    """The text of the first element that a selector finds."""
    return str(page.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))


@pytest.mark.tool("chromium")
def test_a_plain_browser_opens_it_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "trace.html"
    path.write_text(to_html(MIGRATION), encoding="utf-8")
    command = [str(require_tool("chromium")), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]
    run = subprocess.run(
        [*command, "--dump-dom", path.as_uri() + "#step=7"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert '<body data-step="7">' in run.stdout
    assert "answer_mapping(k=k0, p=p0)" in run.stdout
    assert "step 7: not yet violated" in run.stdout


@pytest.mark.tool("chromium")
def test_it_opens_at_the_violation(visit: Open) -> None:
    page = visit(MIGRATION)
    assert get_step(page) == 12
    assert page.evaluate("document.title") == "task_is_somewhere violated, popcorn-2014 as-built"
    assert read(page, "#outcome") == "violated: task_is_somewhere"
    assert read(page, "#sentence") == MIGRATION.property_doc
    assert read(page, "#reason") == MIGRATION.reason
    assert read(page, "#standing") == "step 12: violated here"


@pytest.mark.tool("chromium")
def test_the_fragment_of_the_address_says_which_step(visit: Open) -> None:
    page = visit(MIGRATION, "#step=7")
    assert get_step(page) == 7
    assert read(page, "#standing") == "step 7: not yet violated"
    assert read(page, "#panel .call") == "answer_mapping(k=k0, p=p0)"
    assert "copy[p0,k0]exclusiveshared" in read(page, "#changes")
    page.evaluate("location.hash = '#step=2'")
    settle(page)
    assert get_step(page) == 2
    assert read(page, "#panel .call") == "begin_import(t=t0, k=k1)"


@pytest.mark.tool("chromium")
@pytest.mark.parametrize(
    ("fragment", "step"), [("#step=99", 12), ("#step=x", 12), ("#other", 12), ("#step=0", 0)]
)
def test_an_odd_fragment_does_no_harm(visit: Open, fragment: str, step: int) -> None:
    assert get_step(visit(MIGRATION, fragment)) == step


@pytest.mark.tool("chromium")
def test_keys_step_and_the_address_follows(visit: Open) -> None:
    page = visit(MIGRATION, "#step=5")
    walk = [("ArrowRight", 6), ("j", 7), ("ArrowLeft", 6), ("k", 5), ("Home", 0), ("ArrowLeft", 0)]
    for key, step in [*walk, ("ArrowRight", 1), ("End", 12), ("ArrowRight", 12)]:
        page.press(key)
        assert get_step(page) == step, key
        assert page.evaluate("location.hash") == f"#step={step}"
    assert page.evaluate("history.length") <= 50  # stepping leaves no trail behind


@pytest.mark.tool("chromium")
def test_the_mouse_steps_too(visit: Open) -> None:
    page = visit(MIGRATION, "#step=5")
    page.evaluate("document.getElementById('back').click()")
    assert get_step(page) == 4
    page.evaluate(
        "(() => { const s = document.getElementById('slider'); s.value = 9;"
        " s.dispatchEvent(new Event('input')); })()"
    )
    assert get_step(page) == 9
    page.evaluate(
        "(() => { const diagram = document.getElementById('diagram');"
        " const { left, top } = diagram.getBoundingClientRect();"
        " const place = { clientX: left + 90, clientY: top + 60 };"
        " diagram.dispatchEvent(new MouseEvent('click', place)); })()"
    )
    assert get_step(page) == 1
    page.evaluate("document.querySelector('#panel li a').click()")  # "taken at step 2"
    settle(page)
    assert get_step(page) == 2


@pytest.mark.tool("chromium")
def test_badges_show_where_each_task_is(visit: Open) -> None:
    page = visit(MIGRATION, "#step=2")
    badges = "[...document.querySelectorAll('#now .pilltext')].map(e => e.textContent)"
    assert page.evaluate(badges) == ["t0 shadow", "t0 importing", "t1 running"]
    page.press("End")
    assert page.evaluate(badges) == ["t0 exited", "t0 shadow", "t1 exited"]


@pytest.mark.tool("chromium")
def test_what_was_unfolded_stays_so_from_step_to_step(visit: Open) -> None:
    page = visit(MIGRATION, "#step=3")
    folds = (
        "[...document.querySelectorAll('details[open] summary')].map(e => e.firstChild.textContent)"
    )
    page.evaluate("document.querySelector('#panel details summary').click()")
    page.press("j")
    assert page.evaluate(folds) == ["phase"]
    page.evaluate("document.getElementById('fold').click()")
    assert page.evaluate(folds) == []
    page.evaluate("document.getElementById('fold').click()")
    assert len(page.evaluate(folds)) == 9
    assert "[t0,k1]running" in read(page, "#panel details table")


@pytest.mark.tool("chromium")
def test_a_folded_variable_says_what_is_special_about_it(visit: Open) -> None:
    page = visit(MIGRATION, "#step=3")
    briefs = page.evaluate("[...document.querySelectorAll('.brief')].map(e => e.textContent)")
    assert briefs[:2] == ["t0,k0 shadow · t0,k1 running · t1,k0 running", "t0,k0 yes"]


@pytest.mark.tool("chromium")
def test_a_lasso_shows_its_loop(visit: Open) -> None:
    page = visit(LASSO, "#step=3")
    assert read(page, "#standing") == "step 3: violated here, in the loop"
    assert "steps 3 to 5 repeat for ever" in read(page, "#reason")
    assert page.evaluate("document.querySelectorAll('.bracket').length") == 1


@pytest.mark.tool("chromium")
@pytest.mark.parametrize(("steps", "lanes", "tasks"), [(1, 1, 1), (5, 2, 2), (60, 4, 3)])
def test_sizes_from_small_to_large_are_drawn(
    visit: Open, steps: int, lanes: int, tasks: int
) -> None:
    trace = make_busy(steps, lanes, tasks)
    page = visit(trace)
    assert get_step(page) == steps
    assert page.evaluate("document.querySelectorAll('#diagram .box').length") == steps
    assert page.evaluate("document.querySelectorAll('.lanename').length") == lanes
    arrows: Any = make_view(trace)["arrows"]
    assert page.evaluate("document.querySelectorAll('#diagram .arrow').length") == len(arrows)
    assert (
        page.evaluate("/NaN|undefined|Infinity/.test(document.getElementById('app').outerHTML)")
        is False
    )
    for key in ("Home", "ArrowRight", "End"):
        page.press(key)
        seen = page.evaluate(
            "(() => { const row = document.getElementById('here').getBoundingClientRect();"
            " const pane = document.getElementById('pane').getBoundingClientRect();"
            " return row.top >= pane.top - 1 && row.bottom <= pane.bottom + 1; })()"
        )
        assert seen, key
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.tool("chromium")
def test_a_state_without_steps_property_or_lanes_is_shown(visit: Open) -> None:
    page = visit(Trace("", "", {}, {}, ({"x": 1},), (), {}))
    assert get_step(page) == 0
    assert read(page, "#name") == "A trace"
    assert page.evaluate("document.getElementById('verdict').offsetHeight") == 0


@pytest.mark.tool("chromium")
def test_hostile_text_is_shown_as_text(visit: Open) -> None:
    page = visit(make_evil())
    assert page.evaluate("document.title").startswith(EVIL)
    assert read(page, "#sentence") == EVIL
    assert page.evaluate("document.querySelectorAll('img').length") == 0


@pytest.mark.tool("chromium")
def test_it_is_light_in_the_light_and_dark_in_the_dark(visit: Open) -> None:
    surface = "getComputedStyle(document.querySelector('header')).backgroundColor"
    assert visit(MIGRATION, scheme="light").evaluate(surface) == "rgb(255, 255, 255)"
    assert visit(MIGRATION, scheme="dark").evaluate(surface) == "rgb(23, 25, 28)"


@pytest.mark.tool("chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(visit: Open, scheme: str) -> None:
    """The contrast of each pair of colours that the page sets, as WCAG measures it: 4.5 and up."""
    page = visit(MIGRATION, scheme=scheme)
    pairs = ["text surface", "muted surface", "accent surface", "bad bad-soft", "muted bad-soft"]
    pairs += ["text changed", "good good-soft", "muted sunken", "text accent-soft", "surface bad"]
    pairs += [f"on-token t{n}" for n in range(6)] + [f"t{n} surface" for n in range(6)]
    weak = {pair: get_contrast(page, *pair.split()) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


def get_contrast(page: Browser, front: str, back: str) -> float:
    """How much one of the page's named colours stands out from another."""
    lights = []
    for name in (front, back):
        style = "getComputedStyle(document.documentElement)"
        colour = str(page.evaluate(f"{style}.getPropertyValue('--{name}')")).strip().lstrip("#")
        parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        lights.append(sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.tool("chromium")
def test_paper_gets_the_diagram_and_the_transcript(visit: Open) -> None:
    page = visit(MIGRATION, width=800, scheme="dark", media="print")
    shown = "document.getElementById('{}').offsetHeight > 0"
    assert page.evaluate(shown.format("transcript"))
    assert page.evaluate(shown.format("pane"))
    assert not page.evaluate(shown.format("panel"))
    assert not page.evaluate(shown.format("tools"))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert read(page, "#transcript") == to_text(MIGRATION)


@pytest.mark.tool("chromium")
def test_a_narrow_window_gets_one_column(visit: Open) -> None:
    page = visit(MIGRATION, width=600)
    assert page.evaluate(
        "document.getElementById('panel').getBoundingClientRect().top"
        " >= document.getElementById('left').getBoundingClientRect().bottom"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 600


@pytest.mark.tool("chromium")
def test_everything_can_be_reached_with_the_tab_key(visit: Open) -> None:
    page = visit(MIGRATION, "#step=5")
    reached = []
    for _ in range(10):
        page.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert reached[:7] == ["first", "back", "next", "end", "slider", "pane", "panel"]
    assert page.evaluate("document.getElementById('slider').getAttribute('aria-valuetext')") == (
        "step 5 of 12: fault"
    )
