"""Sixty hostile texts as drugs, routes, reactions, titles and sentences do nothing but be read."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipeline.printable import make_printable
from pipeline.publishing.current import DATABASE
from pipeline.site import charts
from pipeline.site.build import PATH, build_site
from pipeline.site.charts.drawing import ATTRIBUTES, ELEMENTS
from pipeline.site.numbers import shorten_text
from pipeline.site.texts import MOST_CHARACTERS
from tests.alerts.payloads import PAYLOADS
from tests.repetitions import choose_some
from tests.site.conftest import Site, make_snapshot, parse_page

pytestmark = pytest.mark.slow

SET_DRUG = "update {} set drug = $text where drug = 'ketamine'"
SET_REACTION = "update {} set reaction = $text where reaction = 'hallucination'"
REPORTS = (
    "summary.signal", "summary.signal_by_quarter", "summary.finding", "summary.reported_by_drug_route",
    "summary.route_contrast", "events.reported",
)  # fmt: skip


def storable(text: str) -> str:
    """The text as DuckDB can hold it."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "")


def plant(folder: Path, small_database: Path, drug: str, reaction: str) -> Path:
    """A snapshot whose texts are hostile: routes and reviews are all sixty, and drug and reaction the given two."""
    snapshot = make_snapshot(folder / "snapshot", small_database)
    with duckdb.connect(snapshot / DATABASE) as connection:
        texts = [storable(text) for text in PAYLOADS]
        connection.execute(
            """
            insert into summary.signal by name
            select signal.* replace (
                payload.text as route, payload.text as review_decision, payload.text as reaction_label_status,
                payload.text as reason
            )
            from summary.signal as signal, (select unnest($texts) as text) as payload
            where signal.drug = 'ketamine' and signal.route = 'intravenous' and signal.reaction = 'hallucination'
                and analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all'
            """,
            {"texts": texts},
        )
        for table in REPORTS:
            connection.execute(SET_DRUG.format(table), {"text": drug})
            connection.execute(SET_REACTION.format(table), {"text": reaction})
        for vocabulary, old, new in (("drug", "ketamine", drug), ("reaction", "hallucination", reaction)):
            connection.execute(
                "update meta.vocabulary set value = $new, meaning = $new "
                "where vocabulary = $vocabulary and value = $old",
                {"vocabulary": vocabulary, "old": old, "new": new},
            )
        connection.execute("update meta.source set title = $text", {"text": reaction})
        connection.execute("update events.reaction set preferred_term = $text", {"text": drug})
        connection.execute("update summary.finding set sentence_text = $text, certainty = $text", {"text": drug})
    return snapshot


@pytest.mark.parametrize(
    "shift", [16, *(pytest.param(shift, marks=pytest.mark.proof) for shift in choose_some((0, 44, 22, 62), 2))]
)
def test_hostile_texts_add_no_element_and_no_attribute(
    shift: int, site: Site, small_database: Path, tmp_path: Path
) -> None:
    drug, reaction = storable(PAYLOADS[shift]), storable(PAYLOADS[shift + 1])
    build_site(plant(tmp_path, small_database, drug, reaction), tmp_path / "report")
    known = {(tag, name) for page in site.pages.values() for tag, found in page.elements for name in ("", *found)}
    known.add(("td", "colspan"))  # of the planted routes, which no case has
    pages = {path.name: parse_page(path) for path in (tmp_path / "report").glob("*.html")}
    renamed = ("ketamine", "hallucination", "cases--")
    assert {path for path in site.pages if not any(word in path for word in renamed)} <= pages.keys()
    for page in pages.values():
        seen = {(tag, name) for tag, found in page.elements for name in ("", *found)}
        assert {pair for pair in seen if not pair[1].startswith("data-")} <= known
        links = [str(found["href"]).partition("#")[0] for tag, found in page.elements if tag == "a"]
        assert all(PATH.fullmatch(link) for link in links if link)
    texts = {text for page in pages.values() for text in page.texts}
    cells = {cell for page in pages.values() for rows in page.tables.values() for row in rows for cell, _ in row}
    for payload in PAYLOADS:
        shown = make_printable(shorten_text(storable(payload), MOST_CHARACTERS)).strip()
        assert shown in cells or shown in texts, payload


def test_hostile_labels_of_a_chart_are_text_in_the_picture(tmp_path: Path) -> None:
    """All sixty as names, texts and notes of a forest: only known elements and attributes come out."""
    texts = [storable(text) for text in PAYLOADS]
    frame = pd.DataFrame(
        {
            "label": [f"{position} {text}" for position, text in enumerate(texts)],
            "counts": texts,
            "estimate": [2.0, None] * (len(texts) // 2),
            "lower": [1.0, None] * (len(texts) // 2),
            "upper": [4.0, None] * (len(texts) // 2),
            "text": texts,
            "note": texts,
            "is_flagged": [True, False] * (len(texts) // 2),
        }
    )
    axis = charts.Axis(texts[18], is_log=True)
    drawn = charts.draw_svg(lambda: charts.draw_forest(frame, 600, axis), texts[19], "x")
    (tmp_path / "picture.html").write_text(drawn)
    page = parse_page(tmp_path / "picture.html")
    elements = {name.lower() for name in ELEMENTS}
    attributes = {name.lower() for name in ATTRIBUTES} | {"xmlns", "role", "aria-label"}
    for tag, found in page.elements:
        assert tag in elements
        assert set(found) <= attributes
        assert not [value for value in found.values() if "javascript" in str(value) and value != texts[19]]


@pytest.mark.proof
def test_words_of_a_query_are_parameters(make_site: Callable[..., Site]) -> None:
    """A drug named like the end of a query is asked for as a name."""
    name = "x' or 1=1; drop table summary.signal --"
    quoted = name.replace("'", "''")
    site = make_site(
        f"update summary.signal set drug = '{quoted}' where drug = 'ketamine'",
        f"update meta.vocabulary set value = '{quoted}' where value = 'ketamine'",
        "delete from summary.signal_by_quarter",
        "delete from summary.finding",
    )
    assert any(name[1:] in text for page in site.pages.values() for text in page.texts)
