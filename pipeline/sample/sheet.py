"""The extraction sheet of the invented world: studies of no registry, and one that is in the registry too."""

import csv
import io

COLUMNS = (
    "study", "year", "registry_number", "allocation", "design", "period_used", "stratum", "population", "arm", "drug",
    "route", "dose", "duration", "participants_randomised", "outcome", "participants_analysed", "events",
    "ascertainment", "comparator_arm", "comparator", "review_group", "bias_randomisation", "bias_deviations",
    "bias_missing_outcome", "bias_measurement", "bias_selection", "source", "verified",
)  # fmt: skip
SOURCE = "SYNTHETIC: invented by the Nightvigil sample world"

# study, registry number, drug, route, comparator arm, its kind, participants per arm, verified,
# outcomes with the participants affected (drug/comparator), "-" where the study does not report it
_STUDIES = """
Invented A 2011 | | dextromethorphan | oral | placebo | placebo | 24 | yes | nausea 5/2; dizziness 6/1; sedation 3/3
Invented B 2014 | | dextromethorphan | oral | placebo | placebo | 30 | yes | nausea 4/0; dizziness 7/2; vomiting -/-
Invented C 2016 | | dextromethorphan | oral | placebo | placebo | 18 | no | nausea 2/1; any_adverse_event 9/6
Invented D 2018 | | esketamine | intravenous | midazolam | active_placebo | 20 | yes | psychotomimetic_effect 8/1
Invented 14 | NCT99000014 | amantadine | oral | placebo | placebo | 64 | yes | nausea 9/3; headache 5/4
"""


def write_sheet() -> str:
    """The sheet as CSV."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for line in _STUDIES.strip().splitlines():
        writer.writerows(_make_rows([part.strip() for part in line.split("|")]))
    return buffer.getvalue()


def _make_rows(parts: list[str]) -> list[dict[str, str]]:
    study, number, drug, route, comparator_arm, comparator, people, verified, outcomes = parts
    rows = []
    shared = {
        "study": study, "year": study[-4:] if study[-4:].isdigit() else "2020", "registry_number": number,
        "allocation": "randomised", "design": "parallel", "population": "other" if number else "chronic_pain",
        "participants_randomised": people, "participants_analysed": people, "ascertainment": "systematic",
        "source": SOURCE, "verified": verified,
    }  # fmt: skip
    for outcome in outcomes.split("; "):
        name, counts = outcome.rsplit(" ", 1)
        affected, other = ("not reported" if count == "-" else count for count in counts.split("/"))
        treated = {"arm": drug, "drug": drug, "route": route, "comparator_arm": comparator_arm,
                   "comparator": comparator, "review_group": "1", "events": affected}  # fmt: skip
        rows.append(shared | treated | {"outcome": name})
        rows.append(shared | {"arm": comparator_arm, "drug": "none", "events": other, "outcome": name})
    return rows
