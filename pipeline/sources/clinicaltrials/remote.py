"""ClinicalTrials.gov API v2: the studies of the watch list that are new or changed, fetched as one whole answer.

The search terms are data (`sql/codes/shared/watched_name.csv`). The name of a fetch says which terms were asked and
up to which state of the register, so that receipts alone show the next run where to begin.
"""

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx

from pipeline.durable import write_durably
from pipeline.errors import SourceMoved, SourceUnavailable
from pipeline.landing.inbox import Offer
from pipeline.landing.patience import Interrupted, Patience
from pipeline.landing.receipts import Receipt
from pipeline.landing.store import lock, sync_tree
from pipeline.landing.web import open_client, request
from pipeline.models import find_code_lists
from pipeline.settings import Settings
from pipeline.sources.clinicaltrials.layout import NAME, RAW_FILE

ABSENT = (404, 410)
STATE_NAME = "state.json"
OVERLAP = timedelta(days=7)  # posting dates are days of the agency, and a study may be posted late in one
_NAME = re.compile(r"fetched:studies-(?P<search>[0-9a-f]{8})-(?P<since>all|\d{8})-to-(?P<until>\d{8})T\d+")


def fetch(settings: Settings, receipts: Sequence[Receipt], patience: Patience | None = None) -> Offer | None:
    """Fetch every study that changed since the last fetch into a folder of pages, as received; None if none did.

    Raises SourceUnavailable when the register cannot be had whole: every id once, as many as it counts. Without a
    base URL nothing is asked.
    """
    if not settings.clinicaltrials_url:
        return None
    bears = patience or Patience.of(settings)
    terms = read_terms(settings.sql_dir)
    home = settings.landing / NAME / ".fetched"
    with lock(home / ".lock"), open_client(settings) as client:
        if waiting := sorted(
            home.glob("studies-*")
        ):  # fetched by a run that was interrupted before it could land them
            return Offer(NAME, "fetched", waiting[0], waiting[0].name)
        for unfinished in home.glob(".studies-*.part"):
            shutil.rmtree(unfinished)
        register = _Register(client, settings, bears)
        state = register.read_state()
        write_durably(home / STATE_NAME, json.dumps({"state": state}).encode())
        last = _last_fetch(receipts, _search_id(terms))
        if last and last[1] == state:
            return None
        since = last[0] - OVERLAP if last else None
        name = f"studies-{_search_id(terms)}-{f'{since:%Y%m%d}' if since else 'all'}-to-{state}"
        folder = home / name
        hashes = _fetch_whole(register, terms, since, folder)
        if not hashes or (last and hashes == _held(settings, receipts, set(hashes))):
            shutil.rmtree(folder)
            return None
    return Offer(NAME, "fetched", folder, name)


def read_terms(sql_dir: Path) -> list[str]:
    """The names of the watch list that are searched for among interventions, as written in the list."""
    with find_code_lists(sql_dir)["watched_name"].open(encoding="utf-8", newline="") as file:
        return [row["name"] for row in csv.DictReader(file) if "search" not in row["not_in"].split()]


class _Register:
    """The register's answers, as bytes and as what they say."""

    def __init__(self, client: httpx.Client, settings: Settings, patience: Patience) -> None:
        self._client, self.patience = client, patience
        self.url = settings.clinicaltrials_url.rstrip("/")
        self.page_size = settings.clinicaltrials_page_size

    def read_state(self) -> str:
        """When the register's data were last refreshed, as '20261123T090005'."""
        answer = request(self._client, "GET", f"{self.url}/version", self.patience)
        if answer.status_code in ABSENT:
            self._require_some_address()
        stamp = str(_read_json(answer).get("dataTimestamp", ""))
        if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", stamp):
            raise _unknown_answer(f"dataTimestamp is {stamp!r}", answer)
        return re.sub(r"[-:]", "", stamp[:19])

    def _require_some_address(self) -> None:
        """Raise SourceMoved where the studies are not there either."""
        address = f"{self.url}/studies"
        if request(self._client, "GET", address, self.patience, {"pageSize": "1"}).status_code in ABSENT:
            raise SourceMoved(
                'the register\'s API is not there: every address answers "not found"',
                where=address,
                todo="look for API v2 on the register's site, then set NIGHTVIGIL_CLINICALTRIALS_URL",
            )

    def read_page(self, parameters: dict[str, str]) -> tuple[bytes, dict[str, Any]]:
        """One page as received and as parsed. Raises Interrupted for a page token that is no longer taken."""
        answer = request(self._client, "GET", f"{self.url}/studies", self.patience, parameters)
        if answer.status_code == 400 and "pageToken" in parameters:
            raise Interrupted(f"the page token is no longer taken ({answer.text[:100]})")
        page = _read_json(answer)
        if not isinstance(page.get("studies"), list):
            raise _unknown_answer("it lists no studies", answer)
        return answer.content, page


def _fetch_whole(register: _Register, terms: list[str], since: date | None, folder: Path) -> dict[str, str]:
    """Fetch all pages into folder, beginning again whenever they do not add up; the hash of each study by id."""
    parameters = {
        "query.intr": " OR ".join(f'"{term}"' for term in terms),
        "pageSize": str(register.page_size),
        "countTotal": "true",
    }
    if since:
        parameters["filter.advanced"] = f"AREA[LastUpdatePostDate]RANGE[{since:%Y-%m-%d},MAX]"
    reason, working = "", folder.with_name(f".{folder.name}.part")
    for _ in range(register.patience.attempts):
        shutil.rmtree(working, ignore_errors=True)
        working.mkdir(parents=True)
        try:
            before = register.read_state()
            hashes = _fetch_pages(register, parameters, working)
            if register.read_state() != before:
                raise Interrupted("the register was refreshed while it was read")
        except Interrupted as error:
            reason = str(error)
        else:
            sync_tree(working)
            working.rename(folder)
            return hashes
    raise SourceUnavailable(
        f"the register could not be read whole in {register.patience.attempts} passes: {reason}",
        where=f"{register.url}/studies",
        todo="nothing now, the next run tries again; nothing of this fetch was landed",
    )


def _fetch_pages(register: _Register, parameters: dict[str, str], folder: Path) -> dict[str, str]:
    """One pass over the pages. Raises Interrupted when ids repeat, are missing, or the total moves."""
    hashes: dict[str, str] = {}
    total, token, number, size = None, None, 0, 0
    while number == 0 or token:
        content, page = register.read_page(parameters | ({"pageToken": token} if token else {}))
        number += 1
        size += len(content)
        register.patience.check_size(size, f"{register.url}/studies")
        (folder / f"page-{number:05d}.json").write_bytes(content)
        found = {_nct_id(study): _hash(study) for study in page["studies"]}
        if len(found) != len(page["studies"]) or found.keys() & hashes.keys():
            raise Interrupted(f"page {number} repeats studies that were sent before")
        hashes |= found
        if total is not None and page.get("totalCount", total) != total:
            raise Interrupted(f"the total moved from {total} to {page['totalCount']} on page {number}")
        total, token = page.get("totalCount", total), page.get("nextPageToken")
    if len(hashes) != total:
        raise Interrupted(f"{len(hashes)} studies arrived of {total} that the register counts")
    return hashes


def find_data_date(settings: Settings, receipts: Sequence[Receipt]) -> date | None:
    """The day up to which the held records reach.

    The latest of: the state of the register when it was last asked or fetched, and what the records of the deliveries
    state. None where none of them is known.
    """
    days = [found for each in receipts if (found := _find_delivered_date(each))]
    path = settings.landing / NAME / ".fetched" / STATE_NAME
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):  # unreadable is unknown, until the next answer
        days.append(_read_day(json.loads(path.read_bytes())["state"]))
    return max(days, default=None)


def _find_delivered_date(receipt: Receipt) -> date | None:
    found = _NAME.match(receipt.origin)
    if found:
        return _read_day(found["until"])
    return date.fromisoformat(receipt.data_date) if receipt.data_date else None


def _read_day(state: str) -> date:
    return datetime.strptime(state[:8], "%Y%m%d").replace(tzinfo=UTC).date()


def _last_fetch(receipts: Sequence[Receipt], search_id: str) -> tuple[date, str] | None:
    """The day and the state of the register of the last landed fetch with these terms."""
    found = [match for each in receipts if each.source == NAME and (match := _NAME.match(each.origin))]
    states = [match.group().rpartition("-")[2] for match in found if match["search"] == search_id]
    if not states:
        return None
    state = max(states)
    return date(int(state[:4]), int(state[4:6]), int(state[6:8])), state


def _held(settings: Settings, receipts: Sequence[Receipt], wanted: set[str]) -> dict[str, str]:
    """The hash of the last landed record of each wanted study."""
    held = {}
    with closing(duckdb.connect()) as connection:
        for receipt in (each for each in receipts if each.source == NAME):
            path = settings.raw / NAME / receipt.raw_in / f"{RAW_FILE}.parquet"
            query = "select nct_id, record_text from read_parquet(?) where list_contains(?, nct_id)"
            for nct_id, text in connection.execute(query, [str(path), sorted(wanted)]).fetchall():
                held[nct_id] = _hash(json.loads(text))
    return held


def _search_id(terms: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(terms)).encode()).hexdigest()[:8]


def _hash(study: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(study, sort_keys=True).encode()).hexdigest()


def _nct_id(study: dict[str, Any]) -> str:
    return str(study.get("protocolSection", {}).get("identificationModule", {}).get("nctId", ""))


def _read_json(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json() if answer.is_success else None
    except ValueError as error:
        raise _unknown_answer(f"not JSON ({error})", answer) from error
    if not isinstance(content, dict):
        raise _unknown_answer(f"status {answer.status_code}: {answer.text[:200]}", answer)
    return content


def _unknown_answer(what: str, answer: httpx.Response) -> SourceUnavailable:
    return SourceUnavailable(
        f"the register gave an answer that we do not know: {what}",
        where=str(answer.url),
        todo="open the address in a browser and compare with the API's documentation; nothing was landed",
    )
