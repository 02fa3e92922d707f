"""Fourteen nights from the command line: a mail server and a webhook receive exactly what a person should read.

The nights run in this process on the sample world, without the statistics; only the clock is invented, and the
process that delivers is run to its end instead of on its own.
"""

import io
import json
import re
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import freshness, nightly
from pipeline.alerts import clock, queue, watchdog
from pipeline.command_line import override as overriding
from pipeline.command_line import run as command
from pipeline.errors import DeliveryRefused, GateClosed, NothingNew
from pipeline.sample.agencies import serve
from pipeline.sample.world import write_world
from pipeline.settings import Settings
from tests.alerts.servers import MailServer, WebhookServer, serve_mail, serve_webhook
from tests.whole_night.nightly_runs import NightlyRun
from tests.without_statistics import remove_statistics

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]
# The newest quarter there at first is 2019Q1: its data warn from 160 days after 31 March on, on the sixth night.
FIRST_NIGHT = datetime(2019, 9, 2, 1, 30, tzinfo=UTC)
# What the faults planted in the invented world always fail, each with a warning: without them a night is good.
ALWAYS_WARN = ("no line is quarantined", "no quarter is missing between the first and the last")
ROOMY = watchdog.Free(bytes=1 << 40, total_bytes=1 << 41, inodes=None, total_inodes=None)


@dataclass
class Watch:
    """The home, what is received, and the time."""

    home: Path
    world: Path
    mail: MailServer
    webhook: WebhookServer
    now: datetime = FIRST_NIGHT
    seen: int = 0
    mails_seen: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return Settings.from_environment()

    def night(self, ends: type[BaseException] | None = None) -> None:
        """Run one night, and the watchdog an hour later."""
        if ends is None:
            command.nightly()
        else:
            with pytest.raises(ends):
                command.nightly()
        self.look()

    def look(self) -> None:
        watchdog.watch(self.settings, now=self.now + timedelta(hours=1), free=lambda _: ROOMY)

    def pass_day(self) -> None:
        self.now += timedelta(days=1)

    def take(self) -> list[tuple[str, str, int]]:
        """State, level and nights of each message that the webhook received since; mail has those above info."""
        new = [post.payload for post in self.webhook.accepted[self.seen :]]
        mails = len(self.mail.accepted) - self.mails_seen
        self.seen, self.mails_seen = len(self.webhook.accepted), len(self.mail.accepted)
        assert mails == sum(each["level"] != "info" for each in new)
        self.told += new
        return [(each["state"], each["level"], each["nights"]) for each in new]

    def drop(self, name: str, content: bytes) -> None:
        inbox = self.home / "inbox" / "faers"
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(content)

    def be_down(self, is_down: bool) -> None:
        self.webhook.status = 503 if is_down else 200
        self.mail.replies = {"CONNECT": "421 closed"} if is_down else {}


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    write_world(tmp_path / "world")
    home = tmp_path / "home"
    with serve_mail() as mail, serve_webhook() as webhook:
        given = {
            "NIGHTVIGIL_HOME": str(home),
            "NIGHTVIGIL_PROFILE": "sample",
            "NIGHTVIGIL_THREADS": "2",  # as by default, where most tests have one
            "NIGHTVIGIL_MAIL_SERVER": f"smtp://127.0.0.1:{mail.port}",
            "NIGHTVIGIL_MAIL_FROM": "nightvigil@example.org",
            "NIGHTVIGIL_MAIL_TO": "oncall@example.org",
            "NIGHTVIGIL_WEBHOOK_URL": webhook.address("/webhook"),
            "NIGHTVIGIL_WEBHOOK_LEVEL": "info",
            **remove_statistics(tmp_path / "plain")[0],
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        watch = Watch(home, tmp_path / "world", mail, webhook)
        monkeypatch.setattr(clock, "read_clock", lambda: watch.now)
        monkeypatch.setattr(queue, "wake", queue.deliver)
        monkeypatch.setattr(freshness, "INVENTED", ())  # these invented data may be too old
        yield watch


def read_quarters(world: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((world / "faers").glob("*.zip"))}


def rewrite(archive: bytes, keep: Callable[[str], bool] = lambda primaryid: True, mark: str = "") -> bytes:
    """The archive issued anew: with the cases that are kept, and other bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            content = old.read(name)
            if b"$" in content and "primaryid" in content.split(b"\n")[0].decode("latin-1").lower():
                header, *lines = content.split(b"\n")
                content = b"\n".join(
                    [header, *(x for x in lines if not x or keep(x.decode("latin-1").split("$")[0]))]
                )
            new.writestr(name, content)
        new.comment = mark.encode()
    return made.getvalue()


def drop_rules(expectations: Path, *names: str) -> None:
    """Take rules out of a copy of the rules."""
    for path in expectations.rglob("*.yaml"):
        head, *rules = re.split(r"(?m)^(?=- name: )", path.read_text())
        kept = [rule for rule in rules if not rule.startswith(tuple(f"- name: {name}\n" for name in names))]
        path.write_text("".join([head, *kept]))


def test_fourteen_nights(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    *early, (last_name, last) = read_quarters(watch.world).items()
    reissued, first_issue = early[-1]
    drop_rules(watch.settings.expectations_dir, *ALWAYS_WARN)
    inbox = watch.home / "inbox" / "clinicaltrials"
    inbox.mkdir(parents=True)
    with zipfile.ZipFile(inbox / "studies.zip", "w") as trials:
        for path in (watch.world / "clinicaltrials").rglob("*.json"):
            trials.write(path, path.name)
    for name, content in early:
        watch.drop(name, content)
    watch.night()  # 1: good
    assert watch.take() == [("published", "info", 1)]

    watch.pass_day()  # 2: published, with a warning
    watch.drop("faers_ascii_2018q1.zip", last[: len(last) // 2])
    watch.drop(reissued, rewrite(first_issue, mark="2"))
    watch.night()
    assert watch.take() == [("warned", "warning", 1)]
    for refused in (watch.home / "quarantine" / "faers" / "refused").iterdir():
        refused.rename(watch.home / refused.name)  # a person took care of it

    watch.pass_day()  # 3: the gate is closed
    watch.drop(reissued, rewrite(first_issue, keep=is_kept, mark="3"))
    watch.night(ends=GateClosed)
    assert watch.take() == [("blocked", "error", 1)]

    watch.pass_day()  # 4: still closed
    watch.night(ends=GateClosed)
    assert watch.take() == [("blocked", "error", 2)]

    watch.pass_day()  # 5: recovered
    watch.drop(reissued, rewrite(first_issue, mark="5"))
    watch.night()
    assert watch.take() == [("recovered", "error", 2)]
    assert "snapshot" in json.dumps(watch.told[-1]["causes"])

    watch.pass_day()  # 6: the source is stale
    watch.night(ends=NothingNew)
    assert watch.take() == [("stale", "warning", 1)]

    watch.pass_day()  # 7: the source has moved, on a night on which somebody brings the new quarter by hand
    watch.drop(last_name, last)
    with serve(watch.world) as agencies:
        monkeypatch.setenv("NIGHTVIGIL_FAERS_URL", agencies.faers_url)
        monkeypatch.setenv("NIGHTVIGIL_FAERS_NAME", "renamed_{year}q{quarter}.zip")
        monkeypatch.setenv("NIGHTVIGIL_FAERS_FIRST_QUARTER", "2024Q1")
        watch.night()
    assert watch.take() == [("moved", "error", 2)]

    watch.pass_day()  # 8: crash
    monkeypatch.setenv("NIGHTVIGIL_FAERS_URL", "")
    watch.drop(reissued, rewrite(first_issue, mark="8"))
    with monkeypatch.context() as broken:
        broken.setattr(nightly, "build", lambda *_, **__: 1 / 0)
        watch.night(ends=ZeroDivisionError)
    assert watch.take() == [("failed", "error", 1)]
    assert "recovered" in json.dumps(watch.told[-1]["causes"])

    watch.pass_day()  # 9: out of memory
    with monkeypatch.context() as broken:
        broken.setattr(nightly, "build", exhaust)
        watch.night(ends=MemoryError)
    assert watch.take() == [("failed", "error", 2)]
    assert "out of memory" in watch.told[-1]["subject"]

    watch.pass_day()  # 10: killed; the watchdog tells it
    killed = NightlyRun(watch.home).start()
    assert killed.wait_for("build")
    with suppress(ProcessLookupError):
        killed.kill()
    assert killed.process.wait() == -signal.SIGKILL
    assert watch.take() == []
    watch.look()
    assert watch.take() == [("failed", "error", 3)]
    assert "killed" in watch.told[-1]["subject"]

    watch.pass_day()  # 11 and 12: every channel is down; what was held up is published, then a delivery is refused
    watch.be_down(True)
    watch.night()
    watch.pass_day()
    watch.drop("faers_ascii_2018q1.zip", last[: len(last) // 2])
    watch.night(ends=DeliveryRefused)
    assert watch.take() == []

    watch.pass_day()  # 13: the channels are up, the gate is closed again, and a person overrides what failed
    watch.be_down(False)
    watch.drop(reissued, rewrite(first_issue, keep=is_kept, mark="13"))
    watch.night(ends=GateClosed)
    # what waited, that it had to wait for a day and no longer does, and the gate
    assert sorted(watch.take()) == sorted(
        [
            *(("recovered", "error", 3), ("refused", "error", 1), ("blocked", "error", 1)),
            *(("silent", "error", 1), ("recovered", "error", 1)),
        ]
    )
    run_id = max(path.parent.name for path in watch.settings.runs.glob("*/quality.json"))
    expires = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}"  # the judge reads the real clock
    overriding.override([], reason="the agency withdrew cases", by="data steward", expires=expires, run=run_id)
    watch.night()
    assert watch.take() == [("recovered", "error", 1)]
    assert "overridden by data steward until" in json.dumps(watch.told[-1])

    watch.pass_day()  # 14: the override has expired, and a build of the same deliveries is due
    for path in watch.settings.overrides.glob("*.json"):
        text = path.read_text()
        path.write_text(text.replace(expires, f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"))
    rules = watch.settings.expectations_dir / "meta" / "source.yaml"
    rules.write_text(rules.read_text() + "\n# a rule was looked at\n")
    watch.night(ends=GateClosed)
    assert watch.take() == [("blocked", "error", 1)]
    assert "expired" in json.dumps(watch.told[-1])

    assert len(watch.told) == 17
    assert len({post.headers["Idempotency-Key"] for post in watch.webhook.accepted}) == 17


def is_kept(primaryid: str) -> bool:
    """Whether a case is among the six tenths that a cut re-issue holds: a primaryid ends in the digit of a version.

    Not fewer: a sound re-issue of more than twice as many would need a person as well.
    """
    return primaryid[-2:-1] in "012345"


def exhaust(*_: object, **__: object) -> str:
    raise MemoryError
