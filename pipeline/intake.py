"""Intake: what waits in the inboxes and at the agencies is landed and typed, a delivery at a time.

Only outcomes that a run must survive are caught here: a delivery that is refused or cannot be typed, a source that
is unavailable.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipeline import deliveries, publishing, resources, runs, typed
from pipeline.alerts.incidents import report
from pipeline.alerts.message import Message, Problem
from pipeline.errors import (
    DeliveryDamaged,
    DeliveryNotTyped,
    DeliveryRefused,
    NightvigilError,
    SourceMoved,
    SourceUnavailable,
)
from pipeline.landing.arrival import needs_second_look
from pipeline.landing.inbox import Offer
from pipeline.landing.receipts import Receipt, current_receipts, read_receipts
from pipeline.landing.repair import Report, repair_receipts, restore_missing_raw
from pipeline.landing.withdrawal import find_received, withdraw
from pipeline.settings import Settings
from pipeline.sources import find_source, load_sources

Say = Callable[[str], None]
UNANSWERED = ("unavailable", "moved")


def no_progress(line: str) -> None:
    """Report no progress."""


def land_all(settings: Settings, *, say: Say = no_progress) -> list[dict[str, Any]]:
    """Land whatever every source has; one that is unavailable is an outcome too and does not stop the others."""
    outcomes = withdraw_untypable(settings)
    found = {record.name: find_deliveries(settings, record.name) for record in load_sources()}
    for source, offers in sorted(found.items(), key=_is_looked_at_twice):  # what needs no second look comes first
        outcomes += land_found(settings, source, offers, say=say)
    return outcomes


def land_source(settings: Settings, source: str, *, say: Say = no_progress) -> list[dict[str, Any]]:
    """Land whatever one source has; that its agency did not answer is an outcome too."""
    return land_found(settings, source, find_deliveries(settings, source), say=say)


def land_found(
    settings: Settings, source: str, offers: list[dict[str, Any]], *, say: Say = no_progress
) -> list[dict[str, Any]]:
    """Land what was found of one source; that its agency did not answer is an outcome too."""
    outcomes = land_offers(settings, offers, say=say)
    check = runs.read_json(settings.landing / source / "last_check.json")
    if check["status"] in UNANSWERED and not any(outcome["status"] == "unavailable" for outcome in outcomes):
        agency = Offer(source, "fetched", settings.landing / source, f"the agency behind {source}")
        outcomes.append(_outcome(agency, "unavailable", None, check["message"]))
    return outcomes


def _is_looked_at_twice(found: tuple[str, list[dict[str, Any]]]) -> bool:
    return any(needs_second_look(Offer.from_json(offer)) for offer in found[1])


def land_offers(settings: Settings, offers: list[dict[str, Any]], *, say: Say = no_progress) -> list[dict[str, Any]]:
    """Land deliveries one after the other, each typed while the next is landed; one that is unavailable does not
    stop the rest."""
    outcomes: list[dict[str, Any] | Future[dict[str, Any]]] = []
    with ThreadPoolExecutor(1) as typing:
        try:
            for offer in offers:
                say(f"landing {offer['name']}")
                offered = Offer.from_json(offer)
                landed = _keep_available(settings, offered)
                if isinstance(landed, Receipt):
                    outcomes.append(typing.submit(_type_delivery, settings, offered, landed))
                else:
                    outcomes.append(landed)
        except BaseException:
            typing.shutdown(wait=False, cancel_futures=True)
            raise
    return [each.result() if isinstance(each, Future) else each for each in outcomes]


def _keep_available(settings: Settings, offered: Offer) -> Receipt | dict[str, Any]:
    """What `_keep_delivery` gives; that a source is unavailable is recorded, and an outcome too."""
    try:
        return _keep_delivery(settings, offered)
    except SourceUnavailable as error:
        record_check(settings, offered.source, "unavailable", str(error))
        return _outcome(offered, "unavailable", None, str(error))


def find_deliveries(settings: Settings, source: str) -> list[dict[str, Any]]:
    """What waits in the inbox of a source, and what its agency has published that was not landed yet.

    An agency that cannot be reached does not hold back the inbox: the check is recorded, shown beside the age of the
    data, and told to people at the end of the run. Raises UsageError for a source that does not exist.
    """
    resources.require_resources(settings.sql_dir, settings.expectations_dir)
    record = find_source(source)
    repair_receipts(settings, lambda problem: report_problem(settings, problem), source)
    offers = deliveries.find_deposited(settings, record)
    try:
        offers += deliveries.find_published(settings, record)
    except SourceUnavailable as error:
        record_check(settings, source, "moved" if isinstance(error, SourceMoved) else "unavailable", str(error))
    else:
        record_check(settings, source, "reached" if record.is_fetched(settings) else "inbox only", "")
    return [offer.to_json() for offer in offers]


def record_check(settings: Settings, source: str, status: str, message: str) -> None:
    """Record when a source was last asked and how it answered; `meta.source` and `status` show it.

    status: reached, inbox only, unavailable, or moved (every address answers "not found").
    """
    record = {"source": source, "last_checked_at": runs.now(), "status": status, "message": message}
    runs.write_json(settings.landing / source / "last_check.json", record)


def land_delivery(settings: Settings, offer: dict[str, Any]) -> dict[str, Any]:
    """Land and type one delivery: {offer, status, delivery_id, message}, and problem {what, where, todo} if refused.

    status: landed, already_current, still_arriving or refused. Raises SourceUnavailable, which is worth another try.
    """
    offered = Offer.from_json(offer)
    landed = _keep_delivery(settings, offered)
    return _type_delivery(settings, offered, landed) if isinstance(landed, Receipt) else landed


def _keep_delivery(settings: Settings, offered: Offer) -> Receipt | dict[str, Any]:
    """The receipt of a delivery that was landed and is still to be typed, else the outcome of its landing."""
    resources.require_resources(settings.sql_dir, settings.expectations_dir)
    try:
        result = deliveries.land(settings, offered)
    except DeliveryRefused as error:
        return _outcome(offered, "refused", None, str(error)) | {"problem": error.to_json()}
    if isinstance(result, Receipt):
        return result
    return _outcome(offered, result.status, result.delivery_id, result.message)


def _type_delivery(settings: Settings, offered: Offer, receipt: Receipt) -> dict[str, Any]:
    """Type a delivery that was landed; its outcome. One that cannot be typed is withdrawn."""
    try:
        typed.type_delivery(settings, receipt)
    except DeliveryNotTyped as problem:
        return _withdraw(settings, receipt, problem)
    return _outcome(offered, "landed", receipt.delivery_id, _describe_unlisted(receipt))


def _describe_unlisted(receipt: Receipt) -> str:
    """What a person should know of the columns of a delivery; empty where all were seen before."""
    found = [f"{name}.{column}" for name, table in receipt.tables.items() for column in table.unlisted_columns]
    return f"columns never seen before are kept in raw and read by no model: {', '.join(found)}" if found else ""


def withdraw_untypable(settings: Settings) -> list[dict[str, Any]]:
    """Type every current delivery that was not published yet; withdraw those that cannot be, as refused outcomes.

    Damaged receipts and missing raw files are repaired first, each a repaired outcome, or a damaged one if nothing
    is left to rebuild it from and its typed rows still serve.

    They were landed by a run that was interrupted, or by an earlier version. One that the live snapshot holds is
    never withdrawn: published numbers would fall without it, so the build fails instead and the snapshot stays.
    """
    live = publishing.current_snapshot(settings)
    inputs = publishing.read_manifest(settings, live)["inputs"] if live is not None else []
    published = {each["delivery_id"] for each in inputs}
    outcomes: list[dict[str, Any]] = []

    def report(problem: NightvigilError) -> None:
        report_problem(settings, problem)
        place = Path(problem.where)
        kept = Offer(place.parent.name, "kept", place, place.name)
        status = "damaged" if isinstance(problem, DeliveryDamaged) else "repaired"
        outcomes.append(_outcome(kept, status, None, str(problem)) | {"problem": problem.to_json()})

    repair_receipts(settings, report)
    for receipt in current_receipts(read_receipts(settings)):
        restore_missing_raw(settings, receipt, find_source(receipt.source).stage, report)
    while failed := _find_untypable(settings, published, report):  # what one replaced is current again: asked as well
        outcomes += [_withdraw(settings, receipt, problem) for receipt, problem in failed]
    return outcomes


def report_problem(settings: Settings, problem: NightvigilError) -> None:
    """Notify people of a damaged file that was rebuilt, or that no published number depends on."""
    report(
        settings,
        Message(
            key="damaged files",
            state="warned",
            level="warning",
            subject="a damaged file was found before it was used",
            effect="no published number is affected",
            causes=(Problem(problem.what, where=problem.where, todo=problem.todo),),
            who="the person on call",
            todo=problem.todo,
        ),
    )


def _find_untypable(
    settings: Settings, published: set[str], report: Report
) -> list[tuple[Receipt, DeliveryNotTyped]]:
    failed = []
    for receipt in current_receipts(read_receipts(settings)):
        if receipt.delivery_id not in published:
            try:
                typed.type_delivery(settings, receipt, report)
            except DeliveryNotTyped as problem:
                failed.append((receipt, problem))
    return failed


def _withdraw(settings: Settings, receipt: Receipt, problem: DeliveryNotTyped) -> dict[str, Any]:
    """Take a delivery out of the ledger; the outcome says how to land it again once the cause is removed."""
    again = f"nightvigil land {receipt.source} {find_received(settings, receipt)}"
    stated = DeliveryNotTyped(problem.what, where=problem.where, todo=f"{problem.todo}, then `{again}`")
    withdraw(settings, receipt, stated)
    if all(each.content_sha256 != receipt.content_sha256 for each in read_receipts(settings, receipt.source)):
        typed.forget_typed(settings, receipt)
    kind, _, name = receipt.origin.partition(":")
    offer = Offer(receipt.source, kind, find_received(settings, receipt), name)
    return _outcome(offer, "refused", None, str(stated)) | {"problem": stated.to_json()}


def _outcome(offer: Offer, status: str, delivery_id: str | None, message: str) -> dict[str, Any]:
    return {"offer": offer.to_json(), "status": status, "delivery_id": delivery_id, "message": message}
