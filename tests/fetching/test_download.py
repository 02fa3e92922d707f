"""Network faults: a zip is received completely or not at all."""

import io
import random
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from pipeline.errors import SourceUnavailable
from pipeline.landing.download import download_zip, find_validators
from pipeline.landing.web import open_client
from pipeline.sample.agencies import Agencies
from pipeline.sample.faults import Fault
from pipeline.settings import Settings

from .conftest import Waits

ARCHIVE = "faers_ascii_2017q2.zip"
Fetch = Callable[[], Path]


@pytest.fixture
def original(world: Path) -> bytes:
    return (world / "faers" / ARCHIVE).read_bytes()


@pytest.fixture
def fetch(asking: Settings, waits: Waits, tmp_path: Path) -> Fetch:
    def run() -> Path:
        target = tmp_path / "got" / ARCHIVE
        with open_client(asking) as client:
            download_zip(client, f"{asking.faers_url}/{ARCHIVE}", target, waits.patience())
        return target

    return run


def unpack(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def leftovers(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "got").iterdir())


def test_file_is_received_as_sent(fetch: Fetch, original: bytes, tmp_path: Path) -> None:
    assert fetch().read_bytes() == original
    assert leftovers(tmp_path) == [ARCHIVE]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_interrupted_download_is_resumed_where_it_stopped(
    fetch: Fetch, original: bytes, agencies: Agencies, share: float
) -> None:
    """The count of the server shows that no byte was sent twice."""
    cut = int(len(original) * share)
    agencies.script.plan(Fault("cut", ARCHIVE, size=cut))
    assert fetch().read_bytes() == original
    sent = [exchange.body_bytes for exchange in agencies.script.exchanges]
    assert sent == [cut, len(original) - cut]
    assert agencies.script.exchanges[1].range == (f"bytes={cut}-" if cut else "")


def test_later_run_resumes_an_incomplete_download(
    fetch: Fetch, original: bytes, agencies: Agencies, tmp_path: Path
) -> None:
    half = len(original) // 2
    agencies.script.plan(Fault("cut", ARCHIVE, size=half), Fault("status", ARCHIVE, times=4, size=503))
    with pytest.raises(SourceUnavailable, match="503"):
        fetch()
    assert ARCHIVE not in leftovers(tmp_path)
    assert fetch().read_bytes() == original
    assert sum(exchange.body_bytes for exchange in agencies.script.exchanges if exchange.status < 300) == len(
        original
    )


def test_complete_part_that_was_not_renamed_is_not_sent_again(
    fetch: Fetch, original: bytes, agencies: Agencies, tmp_path: Path
) -> None:
    """The run was interrupted between the last byte and the rename: one byte shows that the file is still the
    same."""
    agencies.script.plan(Fault("cut", ARCHIVE, size=100), Fault("status", ARCHIVE, times=4, size=503, after=1))
    with pytest.raises(SourceUnavailable):
        fetch()
    (tmp_path / "got" / f".{ARCHIVE}.part").write_bytes(original)
    agencies.script.exchanges.clear()
    assert fetch().read_bytes() == original
    assert [each.body_bytes for each in agencies.script.exchanges if each.status < 300] == [1]


def test_download_is_complete_or_absent_under_sixty_random_faults(
    asking: Settings, agencies: Agencies, original: bytes, waits: Waits, tmp_path: Path
) -> None:
    """Complete or absent for any drawn mixture of faults; members are compared, as a zip has no checksum of
    itself."""
    outcomes, client = [], open_client(asking)
    for seed in range(60):
        draw = random.Random(seed)
        kinds = draw.choices(("cut", "corrupt", "no_range", "status", "wrong_length"), k=draw.randrange(1, 6))
        agencies.script.faults = [
            Fault(kind, ARCHIVE, size=503 if kind == "status" else draw.randrange(1, len(original))) for kind in kinds
        ]
        target = tmp_path / str(seed) / ARCHIVE
        try:
            download_zip(client, f"{asking.faers_url}/{ARCHIVE}", target, waits.patience())
        except SourceUnavailable:
            outcomes.append("unavailable")
            assert not target.exists(), seed
        else:
            outcomes.append("whole")
            assert unpack(target.read_bytes()) == unpack(original), seed
    client.close()
    assert set(outcomes) == {"whole", "unavailable"}


def test_progress_resets_the_failure_count(fetch: Fetch, original: bytes, agencies: Agencies) -> None:
    """Seven interruptions with a limit of four failures in a row: each brought bytes, so the file is received."""
    agencies.script.plan(Fault("cut", ARCHIVE, times=7, size=100))
    assert fetch().read_bytes() == original


def test_file_changed_between_tries_is_downloaded_anew(
    fetch: Fetch, original: bytes, agencies: Agencies, world: Path, waits: Waits
) -> None:
    """If-Range: the second half of a re-issue never follows the first half of the old issue."""
    issued = (world / "faers" / "faers_ascii_2019q1.zip").read_bytes()
    agencies.script.plan(Fault("cut", ARCHIVE, size=len(original) // 2))
    asleep = waits.sleep

    def reissue(seconds: float) -> None:
        asleep(seconds)
        (world / "faers" / ARCHIVE).write_bytes(issued)

    waits.sleep = reissue  # type: ignore[method-assign]
    assert fetch().read_bytes() == issued


def test_server_without_ranges_sends_the_whole_again(fetch: Fetch, original: bytes, agencies: Agencies) -> None:
    agencies.script.plan(Fault("cut", ARCHIVE, size=999), Fault("no_range", ARCHIVE))
    assert fetch().read_bytes() == original
    assert agencies.script.exchanges[-1].body_bytes == len(original)


def test_corrupt_zip_is_discarded_and_fetched_again(fetch: Fetch, original: bytes, agencies: Agencies) -> None:
    agencies.script.plan(Fault("corrupt", ARCHIVE))
    assert fetch().read_bytes() == original


def test_permanently_corrupt_zip_is_refused(fetch: Fetch, agencies: Agencies, tmp_path: Path) -> None:
    agencies.script.plan(Fault("corrupt", ARCHIVE, times=-1))
    with pytest.raises(SourceUnavailable, match="corrupt"):
        fetch()
    assert ARCHIVE not in leftovers(tmp_path)


def test_wrong_content_length_is_a_failure(fetch: Fetch, original: bytes, agencies: Agencies) -> None:
    agencies.script.plan(Fault("wrong_length", ARCHIVE, size=10))
    assert fetch().read_bytes() == original


def test_web_page_is_refused_without_retry(fetch: Fetch, agencies: Agencies, waits: Waits, tmp_path: Path) -> None:
    agencies.script.plan(Fault("html", ARCHIVE))
    with pytest.raises(SourceUnavailable, match="web page"):
        fetch()
    assert waits.asked == []
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_busy_server_is_retried_with_increasing_delay(
    fetch: Fetch, original: bytes, agencies: Agencies, waits: Waits, status: int
) -> None:
    agencies.script.plan(Fault("status", ARCHIVE, times=3, size=status))
    assert fetch().read_bytes() == original
    assert waits.asked == [2.0, 4.0, 8.0]


def test_retry_after_in_seconds_is_honoured(fetch: Fetch, agencies: Agencies, waits: Waits) -> None:
    agencies.script.plan(Fault("status", ARCHIVE, size=429, retry_after="37"))
    fetch()
    assert waits.asked == [37.0]


def test_retry_after_as_a_date_is_honoured(fetch: Fetch, agencies: Agencies, waits: Waits) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    agencies.script.plan(Fault("status", ARCHIVE, size=503, retry_after=later))
    fetch()
    assert 60 < waits.asked[0] <= 90


def test_retry_after_of_hours_is_left_to_the_next_run(fetch: Fetch, agencies: Agencies, waits: Waits) -> None:
    agencies.script.plan(Fault("status", ARCHIVE, size=429, retry_after="7200"))
    with pytest.raises(SourceUnavailable, match="7200 seconds"):
        fetch()
    assert waits.asked == []


def test_retries_are_limited(fetch: Fetch, agencies: Agencies, waits: Waits) -> None:
    agencies.script.plan(Fault("status", ARCHIVE, times=-1, size=500))
    with pytest.raises(SourceUnavailable, match="500, 4 times"):
        fetch()
    assert len(waits.asked) == 3


def test_stalled_download_is_a_failure_and_is_resumed(
    fetch: Fetch, original: bytes, agencies: Agencies, asking: Settings
) -> None:
    """One byte, then nothing for longer than the timeout."""
    object.__setattr__(asking, "fetch_timeout", 0.2)
    agencies.script.plan(Fault("slow", ARCHIVE, seconds=0.6))
    assert fetch().read_bytes() == original
    assert agencies.script.exchanges[-1].range == "bytes=1-"


def test_time_budget_applies_to_a_slow_download(
    agencies: Agencies, asking: Settings, waits: Waits, tmp_path: Path
) -> None:
    patience = waits.patience(budget=10)
    agencies.script.plan(Fault("cut", ARCHIVE, times=-1, size=50))
    with open_client(asking) as client, pytest.raises(SourceUnavailable):
        download_zip(client, f"{asking.faers_url}/{ARCHIVE}", tmp_path / ARCHIVE, patience)
    assert waits.now <= 10


def test_unreachable_server_is_reported_as_unavailable(fetch: Fetch, agencies: Agencies) -> None:
    agencies.server_close()
    agencies.shutdown()
    with pytest.raises(SourceUnavailable) as failure:
        fetch()
    assert failure.value.where.endswith(ARCHIVE)
    assert failure.value.todo


def test_missing_file_is_none_when_only_described(asking: Settings, waits: Waits) -> None:
    with open_client(asking) as client:
        assert find_validators(client, f"{asking.faers_url}/faers_ascii_2030q1.zip", waits.patience()) is None
