"""Messages made fit to leave: without a secret, safe to show, one line a text, and of bounded length.

Whatever a message quotes (an error of a driver, the name of a file, a row of data) passes here before it is kept in
the queue, shown in a log or sent.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from pydantic import SecretStr

from pipeline.alerts.message import Message, Problem
from pipeline.printable import make_one_line
from pipeline.settings import Settings

SECRET_NAMES = (
    "PASSWORD",
    "PASSWD",
    "SECRET",
    "TOKEN",
    "KEY",
    "CREDENTIAL",
    "SQL_ALCHEMY_CONN",
    "DSN",
    "ALERT_COMMAND",
    "SLACK_URL",
    "TEAMS_URL",
    "WEBHOOK_URL",
    "DATABASE_URL",
)
SHORTEST_SECRET = 8  # characters: a shorter value is likely to be a word that messages need
MASK = "***"
CUT = "… (cut)"

TEXT_LENGTH = 600  # characters of one text of a message
SUBJECT_LENGTH = 200
COMMAND_LENGTH = 2000
SAMPLES = 5
PROBLEMS = 30  # causes, and consequences, that are listed one by one
TABLES = 60
LINKS = 10
IDS = 20
PARTS = 12
LINES = 40  # of one part
ID_LENGTH = 120

_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_PASSWORD_IN_ADDRESS = re.compile(r"(?<=://)([^\s/@:]*):[^\s/@]+@")
# Invisible, and not among what `printable` escapes because running text may need it; an alert does not.
_INVISIBLE = re.compile("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u3164\ufe00-\ufe0f\uffa0]")


def make_fit(settings: Settings, message: Message) -> Message:
    """The message as it may be kept and sent: secrets masked, every text one bounded, printable line, a plain id."""
    mask = Masker(settings).mask
    # What is far too long is cut first: secrets are looked for in what may be shown, and in a good deal more.
    return limit(_change_texts(_limit_counts(message), lambda text: mask(text[: 20 * COMMAND_LENGTH])))


class Masker:
    """Replaces the secrets of the settings and of this process's environment by ***."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        values = {value for name, value in environment.items() if _is_secret(name)}
        values |= {found for value in environment.values() if (found := _password_of(value))}
        given = (getattr(settings, name) for name in Settings.model_fields)
        values |= {value.get_secret_value() for value in given if isinstance(value, SecretStr)}
        values |= {settings.alert_command}
        forms = {form for value in values for form in _list_forms(value) if len(form) >= SHORTEST_SECRET}
        # The longest first: a secret that holds another one is masked as a whole.
        self._forms = sorted(forms, key=len, reverse=True)

    def mask(self, text: str) -> str:
        """The text without a secret, whichever way it is written."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return _PASSWORD_IN_ADDRESS.sub(rf"\1:{MASK}@", text)


def limit(message: Message) -> Message:
    """The message with a plain id and every text one printable line of bounded length; what is left out is stated."""
    counted = _limit_counts(message)
    bounded = _change_texts(counted, limit_text)
    is_long = len(message.command) > COMMAND_LENGTH  # part of a command must not be copied
    return replace(
        bounded,
        subject=limit_text(message.subject, SUBJECT_LENGTH),
        command="" if is_long else make_visible(message.command),
        todo=limit_text(f"{message.todo} (its command is too long to show)") if is_long else bounded.todo,
        links=tuple(link for link in bounded.links if link in counted.links),  # a cut address leads nowhere
        message_id=make_plain_id(message.message_id),
    )


def limit_text(text: str, length: int = TEXT_LENGTH) -> str:
    """One printable line of at most `length` characters, which states where it was cut."""
    line = make_visible(text[: length + 1])
    return line if len(line) <= length else f"{line[: length - len(CUT)]}{CUT}"


def make_plain_id(message_id: str) -> str:
    """The id of a message, or a hash of it, as a file name, a Message-ID and a header all take it."""
    if not message_id or (len(message_id) <= ID_LENGTH and _PLAIN_ID.fullmatch(message_id)):
        return message_id
    return hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()


def make_visible(text: str) -> str:
    """One line that shows every character that it holds."""
    return _INVISIBLE.sub(lambda match: f"\\u{ord(match.group()):04x}", make_one_line(text))


def _limit_counts(message: Message) -> Message:
    return replace(
        message,
        causes=_limit_problems(message.causes),
        consequences=_limit_problems(message.consequences),
        parts=tuple((heading, _limit_lines(lines)) for heading, lines in message.parts[:PARTS]),
        tables=_limit_tables(message.tables),
        links=message.links[:LINKS],
        about=dict(list(message.about.items())[:IDS]),
    )


def _limit_problems(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    kept = tuple(replace(each, samples=each.samples[:SAMPLES]) for each in problems[:PROBLEMS])
    if len(problems) <= PROBLEMS:
        return kept
    return (*kept[:-1], Problem(f"and {len(problems) - PROBLEMS + 1} more"))


def _limit_tables(tables: tuple[str, ...]) -> tuple[str, ...]:
    return tables if len(tables) <= TABLES else (*tables[: TABLES - 1], f"and {len(tables) - TABLES + 1} more")


def _limit_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    return lines if len(lines) <= LINES else (*lines[: LINES - 1], f"and {len(lines) - LINES + 1} more lines")


def _change_texts(message: Message, change: Callable[[str], str]) -> Message:
    """The message with a change made to every text in it but its id, which must stay what it is."""
    return Message.from_json({**_change(message.to_json(), change), "message_id": message.message_id})


def _change(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | tuple):
        return tuple(_change(each, change) for each in value)
    if isinstance(value, Mapping):
        return {_change(name, change): _change(each, change) for name, each in value.items()}
    return value


def _is_secret(name: str) -> bool:
    return any(part in name.upper() for part in SECRET_NAMES)


def _password_of(value: str) -> str | None:
    try:
        return urlsplit(value).password
    except ValueError:  # no address
        return None


def _list_forms(value: str) -> set[str]:
    """A secret, and each of its lines, as texts may quote it: as it is, escaped, or quoted for an address."""
    return {
        form
        for part in (value, *value.splitlines())
        for form in (
            part,
            make_one_line(part),
            json.dumps(part)[1:-1],
            json.dumps(part, ensure_ascii=False)[1:-1],
            repr(part)[1:-1],
            quote(part, errors="surrogateescape"),
            quote(part, safe="", errors="surrogateescape"),
            quote_plus(part, errors="surrogateescape"),
        )
    }
