"""The wheel is complete: installed where there is no checkout, it runs a complete nightly run from any folder."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline import identity
from pipeline.resources import ROOT
from pipeline.sample.world import write_world
from pipeline.settings import Settings
from tests.slow_cases import mark_later_cases_slow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]
BUILD = "from setuptools import build_meta; print(build_meta.build_wheel({folder!r}))"
HASHES = (
    "import json; from pipeline import identity; from pipeline.settings import Settings; "
    "print(json.dumps(identity.component_hashes(Settings())))"
)


@dataclass(frozen=True)
class Installation:
    """An environment with the wheel and the locked packages; commit: what the wheel was built from."""

    folder: Path
    commit: str

    @property
    def bundled(self) -> Path:
        return next(self.folder.glob("lib/python*/site-packages/pipeline/bundled"))

    def run(self, *command: str, home: Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment from an unrelated folder."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("NIGHTVIGIL_", "PYTHON"))}
        home.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            [self.folder / "bin" / command[0], *command[1:]],
            cwd=home.parent,
            env=kept | {"NIGHTVIGIL_HOME": str(home), "NIGHTVIGIL_PROFILE": "sample", "NIGHTVIGIL_SITE": "false"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Built from a committed copy of the checkout, which is removed before anything runs."""
    work = tmp_path_factory.mktemp("wheel")
    source, environment = work / "source", work / "environment"
    for name in ("pipeline", "sql", "expectations"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "requirements.lock", "CITATION.cff"):
        shutil.copy(ROOT / name, source / name)
    git = ["git", "-C", str(source), "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "copy"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    built = subprocess.run(
        [sys.executable, "-c", BUILD.format(folder=str(work))], cwd=source, check=True, capture_output=True, text=True
    )
    wheel = work / built.stdout.splitlines()[-1]
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    install = ["-I", "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-compile", wheel]
    subprocess.run([environment / "bin" / "python", *install], check=True)
    # The locked packages, but not the checkout: what a .pth inside the added folder says is not read.
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "locked.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    shutil.rmtree(source)
    return Installation(environment, commit)


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[[], Path]:
    """A home whose inbox holds the invented world."""

    def drop() -> Path:
        home, world = tmp_path / "home", tmp_path / "world"
        write_world(world)
        for source in ("faers", "clinicaltrials"):
            shutil.copytree(world / source, home / "inbox" / source)
        return home

    return drop


def test_the_wheel_holds_the_parts_of_the_quality_page(installation: Installation) -> None:
    quality = installation.bundled.parent / "quality"
    assert {"page.html", "page.css"} <= {path.name for path in quality.iterdir()}


def test_the_wheel_states_its_version_and_the_commit_it_was_built_from(
    installation: Installation, tmp_path: Path
) -> None:
    """Also where the environment is inside the checkout of something else."""
    shown = installation.run("nightvigil", "--version", home=tmp_path / "home")
    assert shown.stdout == f"nightvigil 0.1.0, commit {installation.commit}\n", shown.stderr


def test_the_wheel_has_the_identity_of_the_checkout(installation: Installation, tmp_path: Path) -> None:
    """Else a move from a checkout to the wheel would publish again."""
    shown = installation.run("python", "-c", HASHES, home=tmp_path / "home")
    assert json.loads(shown.stdout) == identity.component_hashes(Settings(profile="sample")), shown.stderr


@pytest.mark.parametrize(
    "resource", mark_later_cases_slow(["sql/order.txt", "requirements.lock", "sql", "expectations"])
)
def test_a_missing_resource_is_an_error_before_the_inbox_is_touched(
    installation: Installation, tmp_path: Path, resource: str
) -> None:
    home = tmp_path / "home"
    waiting = home / "inbox" / "faers" / "faers_ascii_2017q1.zip"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(b"not looked at")
    hidden = installation.bundled / "hidden"
    (installation.bundled / resource).rename(hidden)
    try:
        for command in (("nightly",), ("land", "faers"), ("land", "faers", str(waiting))):
            done = installation.run("nightvigil", *command, home=home)
            assert done.returncode == 1
            assert "the installation is incomplete" in done.stderr and resource in done.stderr
            assert "do:" in done.stderr and "Traceback" not in done.stderr
    finally:
        hidden.rename(installation.bundled / resource)
    assert waiting.read_bytes() == b"not looked at"
    # What is said of the refusal, and nothing of the deliveries.
    assert {path.name for path in home.iterdir()} <= {"inbox", "alerts", "metrics"}


@pytest.mark.proof
def test_wheel_publishes_from_any_folder(installation: Installation, deliver: Callable[[], Path]) -> None:
    """The invented world is landed, built, judged and published; a second run finds nothing new."""
    home = deliver()
    done = installation.run("nightvigil", "nightly", "--format", "json", home=home)
    assert done.returncode == 0, done.stderr
    assert {each["status"] for each in json.loads(done.stdout)["deliveries"]} == {"landed"}
    query = "select count(*) as row_count from summary.reported_by_drug_route where case_count > 0"
    counted = json.loads(installation.run("nightvigil", "sql", query, "--format", "json", home=home).stdout)
    assert counted[0]["row_count"] > 100
    manifest = json.loads((home / "published" / "current" / "manifest.json").read_text())
    assert installation.commit in json.dumps(manifest)
    assert installation.run("nightvigil", "nightly", home=home).returncode == 6
