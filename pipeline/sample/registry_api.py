"""The fake ClinicalTrials.gov: API v2 searches with page tokens, over the invented studies in a folder."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Study = dict[str, Any]
_RANGE = re.compile(r"AREA\[LastUpdatePostDate\]RANGE\[([^,\]]+),\s*([^\]]+)\]")


class BadRequestError(Exception):
    """The search is invalid: status 400, with the reason as text."""


@dataclass(frozen=True)
class Page:
    """One page of a search. total is None unless the search asked for it."""

    studies: list[Study]
    total: int | None
    next_token: str | None

    def content(self) -> bytes:
        body: dict[str, Any] = {} if self.total is None else {"totalCount": self.total}
        body["studies"] = self.studies
        if self.next_token:
            body["nextPageToken"] = self.next_token
        return json.dumps(body).encode()


def read_studies(folder: Path) -> list[Study]:
    """Read every study below a folder, ordered by id."""
    studies = [json.loads(path.read_text(encoding="utf-8")) for path in folder.rglob("*.json")]
    return sorted(studies, key=read_nct_id)


def read_nct_id(study: Study) -> str:
    """Return the id of a study."""
    return str(study["protocolSection"]["identificationModule"]["nctId"])


def compute_data_timestamp(studies: list[Study]) -> str:
    """Compute when the register last changed: the morning of the last update of any study."""
    return f"{max(map(_read_last_update, studies), default='2024-01-01')}T09:00:05"


def search_studies(studies: list[Study], parameters: dict[str, str]) -> Page:
    """Return one page of a search, with the token of the next. Raise BadRequestError where the register would."""
    size = int(parameters.get("pageSize", "10"))
    if not 1 <= size <= 1000:
        raise BadRequestError("`pageSize` must be between 1 and 1000")
    found = [study for study in studies if _matches(study, parameters)]
    start = _decode_token(parameters["pageToken"]) if "pageToken" in parameters else 0
    more = start + size < len(found)
    total = len(found) if parameters.get("countTotal") == "true" else None
    return Page(found[start : start + size], total, _encode_token(start + size) if more else None)


def _matches(study: Study, parameters: dict[str, str]) -> bool:
    names = " | ".join(_list_intervention_names(study))
    if (wanted := parameters.get("query.intr")) and not _contains_any_term(wanted, names):
        return False
    if (wanted := parameters.get("query.term")) and not _contains_any_term(wanted, json.dumps(study)):
        return False
    if advanced := parameters.get("filter.advanced"):
        span = _RANGE.fullmatch(advanced)
        if span is None:
            raise BadRequestError(f"`filter.advanced` cannot be read: {advanced}")
        first, last = (edge.strip().replace("MIN", "0000").replace("MAX", "9999") for edge in span.groups())
        return first <= _read_last_update(study) <= last
    return True


def _contains_any_term(expression: str, text: str) -> bool:
    terms = [term.strip(' "()') for term in expression.split(" OR ")]
    return any(re.search(rf"\b{re.escape(term)}\b", text, re.IGNORECASE) for term in terms)


def _list_intervention_names(study: Study) -> Iterator[str]:
    for intervention in study["protocolSection"].get("armsInterventionsModule", {}).get("interventions", []):
        yield intervention.get("name", "")
        yield intervention.get("description", "")
        yield from intervention.get("otherNames", [])


def _read_last_update(study: Study) -> str:
    return str(study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"])


def _encode_token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode()


def _decode_token(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from:"))
    except (ValueError, binascii.Error):
        raise BadRequestError("`pageToken` is not one of ours") from None
