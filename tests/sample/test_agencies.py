"""The simulated agencies respond as the real ones do."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.sample.agencies import Agencies, serve
from pipeline.sample.faults import KINDS, Fault, read_fault
from pipeline.sample.world import write_world

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("world")
    write_world(target, seed=3, cases_per_period=10)
    return target


@pytest.fixture(scope="module")
def agencies(folder: Path) -> Iterator[Agencies]:
    with serve(folder) as running:
        yield running


def get_studies(agencies: Agencies, **parameters: str) -> httpx.Response:
    named = {name.replace("_", "."): value for name, value in parameters.items()}
    return httpx.get(f"{agencies.clinicaltrials_url}/studies", params=named)


def test_archive_is_sent_with_length_date_and_tag(agencies: Agencies, folder: Path) -> None:
    content = (folder / "faers" / "faers_ascii_2017q2.zip").read_bytes()
    url = f"{agencies.faers_url}/faers_ascii_2017q2.zip"
    described, sent = httpx.head(url), httpx.get(url)
    assert (described.status_code, described.content) == (200, b"")
    assert sent.content == content
    for header in ("content-length", "etag", "last-modified"):
        assert described.headers[header] == sent.headers[header]


def test_requested_range_is_sent_as_partial_content(agencies: Agencies, folder: Path) -> None:
    content = (folder / "faers" / "faers_ascii_2017q2.zip").read_bytes()
    answer = httpx.get(f"{agencies.faers_url}/faers_ascii_2017q2.zip", headers={"Range": "bytes=100-"})
    assert (answer.status_code, answer.content) == (206, content[100:])
    assert answer.headers["content-range"] == f"bytes 100-{len(content) - 1}/{len(content)}"


def test_range_of_another_issue_returns_the_whole_archive(agencies: Agencies, folder: Path) -> None:
    headers = {"Range": "bytes=100-", "If-Range": '"another"'}
    answer = httpx.get(f"{agencies.faers_url}/faers_ascii_2017q2.zip", headers=headers)
    assert (answer.status_code, len(answer.content)) == (
        200,
        (folder / "faers" / "faers_ascii_2017q2.zip").stat().st_size,
    )


def test_unpublished_quarter_is_not_found(agencies: Agencies) -> None:
    assert httpx.head(f"{agencies.faers_url}/faers_ascii_2030q1.zip").status_code == 404


def test_page_tokens_lead_to_the_last_page(agencies: Agencies) -> None:
    first = get_studies(agencies, query_intr="ketamine", pageSize="5", countTotal="true").json()
    found, token = [*first["studies"]], first.get("nextPageToken")
    while token:
        page = get_studies(agencies, query_intr="ketamine", pageSize="5", pageToken=token).json()
        assert "totalCount" not in page
        found, token = [*found, *page["studies"]], page.get("nextPageToken")
    assert len(found) == first["totalCount"] > 5


def test_intervention_is_searched_as_a_whole_word(agencies: Agencies) -> None:
    """Ketamine does not find esketamine."""
    found = get_studies(agencies, query_intr='"ketamine"', pageSize="100").json()["studies"]
    names = [study["protocolSection"]["armsInterventionsModule"]["interventions"][0]["name"] for study in found]
    assert set(names) == {"Ketamine"}


def test_studies_are_filtered_by_last_update(agencies: Agencies) -> None:
    wanted = "AREA[LastUpdatePostDate]RANGE[2024-12-01,MAX]"
    found = get_studies(agencies, filter_advanced=wanted, pageSize="100").json()["studies"]
    dates = {study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] for study in found}
    assert dates == {"2024-12-05"}


@pytest.mark.parametrize(
    "parameters", [{"pageToken": "nonsense"}, {"filter_advanced": "AREA[Nothing]"}, {"pageSize": "5000"}]
)
def test_unsupported_request_is_refused(agencies: Agencies, parameters: dict[str, str]) -> None:
    assert get_studies(agencies, **parameters).status_code == 400


def test_planned_fault_occurs_at_its_place_and_number_of_times(agencies: Agencies) -> None:
    agencies.script.plan(Fault("status", "version", times=2, size=503, retry_after="7"))
    url = f"{agencies.clinicaltrials_url}/version"
    assert get_studies(agencies).status_code == 200
    answers = [httpx.get(url) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "7"


def test_unknown_fault_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'flood' is not a kind of fault"):
        read_fault("flood")
    assert read_fault("cut:zip:2:100") == Fault("cut", "zip", 2, size=100)
    assert "cut" in KINDS


def test_command_prints_usable_settings(folder: Path) -> None:
    """python -m pipeline.sample.agencies FOLDER: two lines for the environment, then it serves."""
    command = [sys.executable, "-m", "pipeline.sample.agencies", str(folder), "--fault", "status:version:1:500"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            lines = [server.stdout.readline().strip() for _ in range(2)]
            urls = dict(line.split("=", 1) for line in lines)
            assert httpx.get(f"{urls['NIGHTVIGIL_CLINICALTRIALS_URL']}/version").status_code == 500
            archive = f"{urls['NIGHTVIGIL_FAERS_URL']}/faers_ascii_2017q2.zip"
            assert httpx.head(archive).status_code == 200
        finally:
            server.terminate()
