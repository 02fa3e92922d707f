"""The command that prints the bytes behind a case or a trial."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from pipeline.command_line.output import Format, FormatOption, from_records, write
from pipeline.command_line.progress import print_message
from pipeline.errors import UsageError
from pipeline.printable import encode_name, make_one_line
from pipeline.settings import Settings

COLUMNS = (
    "source", "period", "delivery_id", "is_current", "table_name", "member", "place", "report_id", "disposition",
    "treatment", "content",
)  # fmt: skip


def trace(
    number: Annotated[
        str, typer.Argument(metavar="CASE", help="A case number, the number of a trial, or the name of a study.")
    ],
    source: Annotated[str | None, typer.Option(help="The source to search; without it, every source.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    r"""Print every line or record received of a case or trial: where it is, what was done to it, and its bytes.

    Bytes that are no printable text are shown as \x0a, and a backslash as two. Every delivery is searched, replaced
    ones too.
    """
    settings = Settings.from_environment()
    found = [*_trace(settings, number, source)]
    if not found:
        raise UsageError(
            f"no delivery states {number}",
            where=str(settings.raw),
            todo="give a case number as `select case_id from answer.case_line` has it, an NCT number or the name of "
            "a study",
        )
    if form is Format.TABLE:
        _print(found)
    else:
        write(from_records(found, COLUMNS), form)


def _trace(settings: Settings, number: str, name: str | None) -> Iterator[dict[str, Any]]:
    from pipeline.landing.receipts import current_receipts, read_receipts
    from pipeline.landing.tracing import strip_zeros
    from pipeline.sources import find_source, load_sources

    for source in [find_source(name)] if name else load_sources():
        if source.trace is None:
            if name:
                print_message(f"{source.name} has no trace: its deliveries are not searched")
            continue
        receipts = read_receipts(settings, source.name)
        current = {receipt.raw_in for receipt in current_receipts(receipts)}
        dispositions = _read_dispositions(settings, source.name, number)
        seen = set()
        for receipt in receipts:
            if receipt.raw_in in seen:  # the same bytes, received again
                continue
            seen.add(receipt.raw_in)
            is_current = receipt.raw_in in current
            for line in source.trace(settings, receipt, number):
                yield {
                    "source": source.name,
                    "period": receipt.period,
                    "delivery_id": receipt.raw_in,
                    "is_current": is_current,
                    "table_name": line.table_name,
                    "member": line.member,
                    "place": line.place,
                    "report_id": line.report_id,
                    "disposition": dispositions.get((receipt.period, line.report_id and strip_zeros(line.report_id)))
                    if is_current
                    else None,
                    "treatment": line.treatment,
                    "content": encode_name(line.content.decode("utf-8", "surrogateescape")),
                }


def _read_dispositions(settings: Settings, source: str, number: str) -> dict[tuple[str | None, str | None], str]:
    """What the live snapshot says of each version of a case, by period and report; empty where it says nothing."""
    from pipeline import publishing
    from pipeline.landing.tracing import strip_zeros
    from pipeline.publishing.candidates import open_database

    live = publishing.current_snapshot(settings)
    database = publishing.database_path(settings, live) if live else None
    if database is None or not database.is_file():
        return {}
    with open_database(settings, database) as connection:
        versions = f"clean.{source}_version"
        listed = connection.execute(
            "select count(*) from duckdb_tables() where schema_name || '.' || table_name = ?", [versions]
        ).fetchall()
        if not listed[0][0]:
            return {}
        rows = connection.execute(
            f"select period, report_id, disposition from {versions} where case_id = ?",  # noqa: S608 - a source's name
            [strip_zeros(number)],
        ).fetchall()
    return {(period, report): disposition for period, report, disposition in rows}


def _print(found: list[dict[str, Any]]) -> None:
    """A block for each delivery; in it a line of facts for each place, and below it the bytes."""
    delivery = None
    for line in found:
        if line["delivery_id"] != delivery:
            delivery = line["delivery_id"]
            state = "" if line["is_current"] else ", replaced by a later delivery"
            print(make_one_line(f"{line['source']} {delivery}{state}"))
        facts = [f"{line['member']} {line['place']}", line["table_name"]]
        facts += [f"report {line['report_id']}"] if line["report_id"] else []
        facts += [line["disposition"]] if line["disposition"] else []
        facts += [line["treatment"]] if line["treatment"] != "staged" else []
        print(make_one_line(f"  {', '.join(facts)}"))
        print(f"    {line['content']}")
    places = len(found)
    print_message(f"{places} {'place' if places == 1 else 'places'}, in the order received")
