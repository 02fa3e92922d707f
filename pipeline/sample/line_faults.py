"""Faulty lines for the invented quarters: the disposition of each is fixed here, and none changes a count."""

from pipeline.sample.reports import Member

BOM = b"\xef\xbb\xbf"


def add_line_faults(period: str, members: dict[str, Member]) -> None:
    """Add faults that FDA's files are known to have; few enough for the gate's quarantine rate."""
    demo, drug, reac = members["demo"], members["drug"], members["reac"]
    last_report = demo.lines[-1][0].split(b"$")[0]
    if period == "2011Q4":
        _break_record(demo, 5, after_field=9)
        _break_record(demo, 40, after_field=10)
    if period == "2012Q2":
        _insert(drug, 30, b"", "blank")
        _insert(drug, 31, drug.lines[10][0] + drug.lines[11][0], "quarantined")
    if period == "2012Q4":
        _insert(drug, 80, b"$".join(drug.lines[80][0].split(b"$")[:6]), "quarantined")
        _replace(demo, 12, b"INVENTED PHARMA", "INVENTED PHARMA GMBH M\xdcNCHEN".encode("cp1252"))
    if period == "2017Q2":
        _insert(reac, 50, last_report, "quarantined")
        _insert(demo, 20, b"   ", "blank")
        _replace(demo, 9, b"INVENTED PHARMA", b'INVENTED "PHARMA')
    if period == "2019Q1":
        _insert(drug, 60, drug.lines[60][0] + b"$SURPLUS$FIELDS", "quarantined")
        _replace(demo, 14, b"INVENTED PHARMA", b"INVENTED\x7f PHARMA")
        _insert(members["indi"], 25, b"", "blank")
    if period == "2024Q1":
        _replace(demo, 0, b"primaryid", BOM + b"primaryid")
        _replace(demo, 17, b"INVENTED PHARMA", "INVENTED PHARMA Zürich".encode())
        _insert(drug, len(drug.lines), b"", "blank")


def _insert(member: Member, place: int, line: bytes, disposition: str) -> None:
    member.lines.insert(place, (line, disposition))


def _replace(member: Member, place: int, old: bytes, new: bytes) -> None:
    line, disposition = member.lines[place]
    member.lines[place] = (line.replace(old, new, 1), disposition)


def _break_record(member: Member, place: int, after_field: int) -> None:
    """Break a record before a `$`: two physical lines, one record."""
    fields = member.lines[place][0].split(b"$")
    head, tail = b"$".join(fields[:after_field]), b"$" + b"$".join(fields[after_field:])
    member.lines[place : place + 1] = [(head, "staged"), (tail, "staged")]
    member.joins += 1
