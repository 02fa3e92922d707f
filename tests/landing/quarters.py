"""Small quarters to land: members in the layout of their period, as a zip or as loose files."""

import zipfile
from pathlib import Path

from pipeline.landing.delivery import NotLanded
from pipeline.landing.inbox import Offer, find_offers
from pipeline.landing.receipts import Receipt
from pipeline.settings import Settings
from pipeline.sources import faers
from pipeline.sources.faers.layout import TABLES, make_shape


def make_members(period: str = "2017Q2", reports: int = 3) -> dict[str, bytes]:
    """The seven tables of a modern quarter by member name, with one row a report."""
    members = {}
    for table in TABLES:
        shape = make_shape(table, period)
        columns = [column for column in shape.columns if column in shape.needed]
        lines = ["$".join(columns)]
        for number in range(reports):
            values = {"primaryid": f"{1000 + number}1", "caseid": f"{1000 + number}"}
            lines.append("$".join(values.get(column, "x") for column in columns))
        members[f"ascii/{table.upper()}{period[2:]}.txt"] = ("\r\n".join(lines) + "\r\n").encode()
    return members


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            member = zipfile.ZipInfo(name)  # dated 1980, so that the same members make the same bytes
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data)
    return path


def write_folder(path: Path, members: dict[str, bytes]) -> Path:
    for name, data in members.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def deposit(settings: Settings, members: dict[str, bytes], name: str = "faers_ascii_2017q2.zip") -> Offer:
    """Put a zip into the inbox and return the offer it makes."""
    write_zip(settings.inbox / "faers" / name, members)
    return next(offer for offer in find_offers(settings) if offer.name == name)


def land(settings: Settings, members: dict[str, bytes], name: str = "faers_ascii_2017q2.zip") -> Receipt:
    """Deposit and land a quarter that is new or becomes current again."""
    result = faers.land(deposit(settings, members, name), settings)
    assert isinstance(result, Receipt), result
    return result


def land_again(settings: Settings, members: dict[str, bytes], name: str = "faers_ascii_2017q2.zip") -> NotLanded:
    """Deposit and land a quarter that is not landed again."""
    result = faers.land(deposit(settings, members, name), settings)
    assert isinstance(result, NotLanded), result
    return result
