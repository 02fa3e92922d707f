"""The lines of a quarter that state a case: every version of it, what belongs to it, and its listing as deleted."""

from collections.abc import Iterator

from pipeline.landing.receipts import Receipt
from pipeline.landing.tracing import Search, Traced, find_values, strip_zeros, trace_lines, trace_quarantined_lines
from pipeline.settings import Settings
from pipeline.sources.faers.layout import TABLES

_CASE = "ltrim(trim(caseid), '0') = ?"


def trace_case(settings: Settings, receipt: Receipt, number: str) -> Iterator[Traced]:
    """Every line of one delivery that states a case, by its case number (leading zeros aside).

    A legacy child row names the report alone (ISR); a modern one must name the case as well.
    """
    case_id = strip_zeros(number)
    of_case = Search(_CASE, (case_id,))
    reports = find_values(settings, receipt, "demo", "primaryid", of_case)
    searches = {"demo": of_case}
    if reports:
        condition = "primaryid in (select unnest(?::varchar[]))"
        if receipt.era == "laers":
            of_report = Search(condition, (reports,))
        else:
            of_report = Search(f"{condition} and {_CASE}", (reports, case_id))
        searches |= dict.fromkeys((table for table in TABLES if table != "demo"), of_report)
    searches["deleted"] = of_case
    yield from trace_lines(settings, receipt, searches, "primaryid")
    numbers = [case_id, *map(strip_zeros, reports)]
    yield from trace_quarantined_lines(settings, receipt, numbers)
