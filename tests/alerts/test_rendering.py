"""A person reads state and effect first, then the cause, and can copy the command."""

from dataclasses import replace
from typing import get_args

import pytest

from pipeline.alerts import rendering
from pipeline.alerts.message import Problem, State
from tests.alerts.conftest import BLOCKED

TEXT = """\
[BLOCKED, night 3] Nightvigil: not published, a re-issue of 2013Q2 holds
a tenth of its cases

EFFECT
  Nothing new was published; readers still see the snapshot of 1
    November.
  This is night 3 in a row.

CAUSE
  The re-issue of 2013Q2 holds 346 cases; the delivery it replaces held
    3,491.
    Rule: delivery.faers: a re-issue keeps at least nine tenths
    Where: delivery faers-2013Q2-0f3a
    Earlier: 3,491 cases
    Now: 346 cases
    Failed: 1 of 44 checked rows
    Limit: no row may fail
    Samples:
      - 2013Q2, case_count 346

2 CONSEQUENCES OF IT
  1. summary.reported: fewer pairs are reported than before
     earlier 12,244, now 1,140; 11,104 rows failed
  2. summary.signal: signals keep their cases: 12 cases now, 91 before
     overridden: by the steward until 2013-12-01

PUBLISHED TABLES AFFECTED
  summary.reported, summary.signal

WHO ACTS
  the data steward

WHAT TO DO
  Ask the agency whether the file is complete.

COMMAND TO COPY

nightvigil override 'delivery.faers.a re-issue keeps at least nine tenths' --reason R --by B --expires 2013-12-01

LINKS
  The run: https://nightvigil.example.org/runs/7
  Quality page: /data/runs/7/quality.html

IDS
  run: 20131102T010203Z-ab12cd
  snapshot: 20131101T010203Z-ab12cd
  message: publication-20131102-blocked
  2013-11-02T01:09:00+00:00
"""


def test_text_reads_from_the_state_to_the_ids() -> None:
    assert rendering.to_text(BLOCKED) == TEXT


def test_what_a_message_does_not_state_has_no_heading() -> None:
    recovered = replace(
        BLOCKED, state="recovered", level="info", subject="published again after 3 nights", causes=(),
        consequences=(), tables=(), who="", todo="", command="", links=(), about={}, nights=3, message_id="",
        sent_at="",
    )  # fmt: skip
    assert rendering.to_text(recovered) == (
        "[RECOVERED] Nightvigil: published again after 3 nights\n\n"
        "EFFECT\n  Nothing new was published; readers still see the snapshot of 1\n    November.\n"
    )


def test_at_most_five_samples_are_shown() -> None:
    problem = Problem("too old", samples=tuple(f"case {number}" for number in range(9)))
    text = rendering.to_text(replace(BLOCKED, causes=(problem,)))
    assert "case 4" in text and "case 5" not in text


def test_several_causes_are_a_plural() -> None:
    text = rendering.to_text(replace(BLOCKED, causes=(Problem("one"), Problem("two")), consequences=(Problem("x"),)))
    assert "\nCAUSES\n" in text and "\n1 CONSEQUENCE OF THEM\n" in text


def test_a_command_too_long_to_show_is_not_shown_in_part() -> None:
    text = rendering.to_text(replace(BLOCKED, command="nightvigil override " + "x" * 3000))
    assert "nightvigil override" not in text and "too long" in text


def test_html_states_what_the_text_states() -> None:
    html = rendering.to_html(BLOCKED)
    for words in ("night 3 in a row", "3,491 cases", "2 CONSEQUENCES", "the data steward", "ab12cd"):
        assert words in html
    assert '<a href="https://nightvigil.example.org/runs/7"' in html
    assert "Quality page: /data/runs/7/quality.html" in html


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//x", "https://x y", 'https://x"y'])
def test_only_an_address_of_the_web_becomes_a_link(address: str) -> None:
    message = replace(BLOCKED, links=(("The run", address),))
    assert "<a " not in rendering.to_html(message)
    assert rendering.to_teams(message)["attachments"][0]["content"]["actions"] == []
    assert all(block["text"]["type"] == "plain_text" for block in rendering.to_slack(message)["blocks"])


def test_every_state_has_a_label() -> None:
    assert set(rendering.LABELS) == set(get_args(State))


def test_slack_shows_many_consequences_whole() -> None:
    many = tuple(Problem(f"rule {number} {'<' * 100}", earlier="1", now="2") for number in range(25))
    texts = [block["text"]["text"] for block in rendering.to_slack(replace(BLOCKED, consequences=many))["blocks"]]
    assert all(any(f"rule {number} " in text for text in texts) for number in range(25))
    assert max(map(len, texts)) <= 3000


def test_a_message_about_invented_data_says_so_in_its_subject_and_effect() -> None:
    """Nobody must act on a demonstration as if patients were concerned."""
    message = replace(BLOCKED, is_synthetic=True)
    assert rendering.subject_line(message).startswith("[BLOCKED, night 3, invented data] Nightvigil: ")
    for render in (rendering.to_text, rendering.to_html):
        assert "are invented: nothing about a medicine" in " ".join(render(message).split())
    assert rendering.to_webhook(message)["is_synthetic"] is True
    assert rendering.INVENTED in str(rendering.to_slack(message)) and rendering.INVENTED in str(
        rendering.to_teams(message)
    )
    assert "invented" not in rendering.to_text(BLOCKED)
