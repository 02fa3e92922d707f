"""Outcomes for invented study records: what a trial planned, what it posted, and how it ended."""

from typing import Any

from tests.sql.trials.study_records import Study


def add_planned_outcomes(
    study: Study, *measures: str | tuple[str, str], status: str = "COMPLETED", completed: str | None = "2020-05"
) -> Study:
    """Give the study planned outcomes (a title, or title and description), a status and an end."""
    protocol = study["protocolSection"]
    stated = [measure if isinstance(measure, tuple) else (measure, "") for measure in measures]
    listed = [{"measure": title} | ({"description": prose} if prose else {}) for title, prose in stated]
    protocol["outcomesModule"] = {"primaryOutcomes": listed[:1], "secondaryOutcomes": listed[1:]}
    protocol["statusModule"]["overallStatus"] = status
    if completed:
        protocol["statusModule"]["completionDateStruct"] = {"date": completed}
    return study


def make_outcome_measure(title: str, *values: str, groups: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """A posted outcome measure with a value a group; without values it is listed and not posted."""
    ids = [f"OG{number:03d}" for number in range(len(values))]
    posted: dict[str, Any] = {
        "type": "PRIMARY",
        "title": title,
        "reportingStatus": "POSTED" if values else "NOT_POSTED",
    }
    if values:
        names = groups or tuple(f"Group {number}" for number in range(len(values)))
        posted["groups"] = [{"id": each, "title": name} for each, name in zip(ids, names, strict=True)]
        posted["classes"] = [make_outcome_class(*values)]
    return {**posted, **more}


def make_outcome_class(*values: str, title: str | None = None, **more: Any) -> dict[str, Any]:
    """A class of numbers, one a group, in one category."""
    numbers = [{"groupId": f"OG{number:03d}", "value": value} for number, value in enumerate(values)]
    return ({"title": title} if title else {}) | {"categories": [{"measurements": numbers}], **more}


def post_outcomes(study: Study, *measures: dict[str, Any]) -> Study:
    """Put outcome measures into the results of the study."""
    study["hasResults"] = True
    study.setdefault("resultsSection", {})["outcomeMeasuresModule"] = {"outcomeMeasures": list(measures)}
    return study
