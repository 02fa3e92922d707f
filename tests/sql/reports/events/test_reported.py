"""Which reactions a case reports with a suspect drug."""

import pytest

from tests.sql.reports.conftest import Ask
from tests.sql.reports.text_tables import make_case, normalise_table

pytestmark = pytest.mark.slow

KETAMINE = "drugname | prod_ai | role_cod | route\nKETALAR | KETAMINE | PS | Nasal"
QUERY = "select reaction, definition from events.reported where drug = 'ketamine' and route = 'any'"


@pytest.mark.parametrize(
    ("terms", "meant"),
    [
        ("Paranoia", "paranoia"),
        ("PERSECUTORY DELUSION", "paranoia"),
        ("Delusion", "paranoia+"),
        ("Hallucination, visual", "hallucination"),
        ("Delirium", "hallucination+ confusion+"),
        ("Disorientation", "confusion"),
        ("Retching", "nausea+ vomiting+ nausea_or_vomiting+"),
        ("Nausea\nVomiting", "nausea vomiting nausea_or_vomiting"),
        ("Paranoid personality disorder", ""),
        ("Product label confusion", ""),
        ("Prophylaxis of nausea and vomiting", ""),
        ("Visual", ""),
    ],
)
def test_preferred_term_maps_to_its_reactions(ask: Ask, terms: str, meant: str) -> None:
    """Whole terms, in any letter case; a narrow term is broad as well; + marks terms that are broad only."""
    rows = []
    for reaction in meant.split():
        rows.append(f"{reaction.rstrip('+')} | broad")
        if not reaction.endswith("+"):
            rows.append(f"{reaction} | narrow")
    assert ask(QUERY, make_case(KETAMINE, f"pt\n{terms}")) == normalise_table("\n".join(rows))


def test_indication_is_not_counted_as_reaction(ask: Ask) -> None:
    """Esketamine was given to a person who hallucinated before: the indication names it, the reactions do not."""
    world = make_case(KETAMINE, "pt\nHeadache", indi="indi_drug_seq | indi_pt\n1 | Hallucination")
    assert ask(QUERY, world) == ""
