"""Which deliveries are current follows from the receipts alone."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.landing.receipts import Receipt, current_receipts, make_delivery_id

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def make_receipt(source: str, period: str | None, content: str, place: int) -> Receipt:
    received_at = BEGIN + timedelta(seconds=place)
    name = make_delivery_id(period or "batch", received_at, content)
    return Receipt(source, name, period, None, content, received_at, "inbox:x", [], name)


@given(st.lists(st.tuples(st.sampled_from(["2017Q1", "2017Q2", "2017Q3"]), st.sampled_from("abc")), max_size=12))
def test_last_receipt_of_a_period_is_current(issues: list[tuple[str, str]]) -> None:
    """For any number of issues, any order of periods, and any order in which receipts are read."""
    receipts = [make_receipt("faers", period, content, place) for place, (period, content) in enumerate(issues)]
    current = current_receipts(receipts[::-1])
    assert {each.period: each.content_sha256 for each in current} == dict(issues)
    assert current == sorted(current, key=lambda each: each.received_at)


def test_every_distinct_content_is_current_once_without_periods() -> None:
    batches = [make_receipt("clinicaltrials", None, content, place) for place, content in enumerate("abcab")]
    assert [each.delivery_id for each in current_receipts(batches)] == [each.delivery_id for each in batches[2:]]


def test_sources_do_not_replace_each_other() -> None:
    both = [make_receipt("faers", "2017Q2", "a", 1), make_receipt("icsr", "2017Q2", "b", 2)]
    assert current_receipts(both) == both
    assert both[0].delivery_id == "2017Q2-20260101T000001000000Z-a"
