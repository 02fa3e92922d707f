"""The quality page says the verdict first, and nothing from the data becomes markup, script or an address."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.alerts.causes import PAGE
from pipeline.quality.page import render_page, write_page
from pipeline.quality.verdict import RuleResult, Verdict
from pipeline.settings import Settings
from tests.quality.small_project import PAYLOAD

pytestmark = pytest.mark.slow

RUN = "20261129T020000Z-aaaaaa"
PAYLOADS = (
    PAYLOAD,
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</code></li><iframe src='javascript:alert(1)'>",
    "<a href='javascript:alert(1)'>ketamine</a>",
    '" onmouseover="alert(1)" x="',
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!-- --><meta http-equiv=refresh content='0;url=https://example.org'>",
    "<form action=https://example.org><input autofocus onfocus=alert(1)>",
    "<base href=https://example.org>",
    "{{ 7 * 7 }}{% for x in () %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x1b[31mred\x07 \u202egnp.exe \ud800",
)
ELEMENTS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "h1",
    "h2",
    "h3",
    "section",
    "strong",
    "p",
    "code",
} | {*("dl", "div", "dt", "dd", "article", "ul", "li", "details", "summary", "span", "footer")}


class Elements(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path)
    (made.runs / RUN).mkdir(parents=True)
    return made


def result(suite: str, rule: str, **changes: object) -> RuleResult:
    values = {
        "expectation": "",
        "kind": "plausibility",
        "severity": "critical",
        "outcome": "failed",
        "why": "a reason",
    }
    return RuleResult(suite, rule, **(values | changes))  # type: ignore[arg-type]


def judged(*results: RuleResult) -> Verdict:
    return Verdict(tuple(results), len(results), "sample", judged_at="2026-11-29T02:10:00+00:00")


def make_hostile(number: int, payload: str, severity: str) -> RuleResult:
    """A failure that has a text from outside wherever one can be."""
    rows = ({"source": payload, "case_id": payload, "ingredient": payload, "period": payload},)
    signed = {"by": payload, "reason": payload, "expires": "2026-12-05", "lapsed": payload}
    given = {"severity": severity, "observed": payload, "rows": rows, "query": payload, "override": signed}
    return result("events.exposure", f"{number} {payload}", why=payload, **given)


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_nothing_from_the_data_becomes_markup(settings: Settings, severity: str) -> None:
    """As a name, as what was observed, in a sample, and as the reason of an override."""
    hostile = [make_hostile(number, payload, severity) for number, payload in enumerate(PAYLOADS)]
    page = render_page(settings, RUN, judged(*hostile, result("events.case", "sound", outcome="passed")))
    found = Elements(page)
    assert {tag for tag, _ in found.elements} <= ELEMENTS
    for tag, attributes in found.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("href", "src", "style")]
        assert tag != "meta" or attributes.get("http-equiv") in (None, "Content-Security-Policy")
    assert page.count("<style>") == page.count("</style>") == 1
    assert "{{ 7 * 7 }}" in found.text
    assert not set("\x1b\u202e\ud800") & set(page)


def test_outcome_of_an_earlier_run_names_it(settings: Settings) -> None:
    carried = result("events.case", "few", outcome="passed", carried_from="20261128T020000Z-bbbbbb")
    text = Elements(render_page(settings, RUN, judged(carried, result("clean.trial", "more", outcome="passed")))).text
    assert text.count("has changed since run 20261128T020000Z-bbbbbb, in which it ran.") == 1
    assert " ".join(text.split()).count("carried over from earlier runs 1") == 1


def test_policy_of_the_page_allows_its_own_style_only(settings: Settings) -> None:
    found = Elements(render_page(settings, RUN, judged(result("events.case", "sound", outcome="passed"))))
    (policy,) = (attributes["content"] for tag, attributes in found.elements if "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_closed_gate_is_said_before_its_cause_and_that_before_its_consequences(settings: Settings) -> None:
    sound = result("clean.trial", "one row per key", outcome="passed", kind="contract")
    cause, consequence = result("clean.faers_case", "few"), result("events.case", "fewer")
    text = Elements(render_page(settings, RUN, judged(consequence, sound, cause))).text
    places = [
        text.index(word)
        for word in (
            "Publication blocked",
            "Cause",
            '"few"',
            "because of that",
            '"fewer"',
            "Every rule",
            "one row per key",
        )
    ]
    assert places == sorted(places)
    assert "summary.signal" in text


@pytest.mark.parametrize(
    ("outcome", "severity", "title"),
    [
        ("passed", "critical", "Passed"),
        ("failed", "warning", "Passed, with warnings"),
        ("error", "critical", "blocked"),
    ],
)
def test_verdict_is_the_title(settings: Settings, outcome: str, severity: str, title: str) -> None:
    page = render_page(settings, RUN, judged(result("events.case", "sound", outcome=outcome, severity=severity)))
    assert title in Elements(page).text


def test_page_that_cannot_be_written_is_a_warning(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    verdict = judged(result("judge", "the judge finishes", outcome="error", kind="contract", observed="it ended"))
    write_page(settings, RUN, verdict)
    assert "the judge finishes" in (settings.runs / RUN / PAGE).read_text()
    (settings.runs / RUN / PAGE).unlink()
    (settings.runs / RUN / "inputs.json").write_text(json.dumps("no mapping"))
    write_page(settings, RUN, verdict)
    assert "was not written" in caplog.text
    assert not (settings.runs / RUN / PAGE).exists()
