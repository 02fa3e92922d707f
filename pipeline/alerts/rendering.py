"""A message as plain text, as HTML, and as what chat programs and other receivers of JSON take.

Every text is first made one printable line of bounded length (`masking.limit`); then what a medium would obey is
escaped for it. Nothing in a message can begin a line of its own, a heading, a link or a mention.
"""

import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from pipeline.alerts.masking import PROBLEMS, limit, limit_text
from pipeline.alerts.message import Message, Problem

LABELS = {
    "blocked": "BLOCKED",
    "waiting": "WAITING",
    "held": "HELD",
    "failed": "FAILED",
    "refused": "REFUSED",
    "unavailable": "UNAVAILABLE",
    "moved": "SOURCE MOVED",
    "stale": "SOURCE STALE",
    "silent": "NO RUN",
    "disk": "DISK",
    "warned": "WARNING",
    "published": "PUBLISHED",
    "changed": "CHANGED",
    "recovered": "RECOVERED",
    "test": "TEST",
}
WIDTH = 72  # characters of a line, which a phone shows without scrolling
SLACK_BLOCKS = 48  # Slack takes 50
SLACK_TEXT = 2900  # characters of one text, of which Slack takes 3000
TEAMS_BYTES = 27_000  # of a payload, of which Teams takes 28 KB
INVENTED = "The data of this installation are invented: nothing about a medicine follows from them."
REST = "The rest is left out: the record of the run has all of it."
COLOURS = {"error": "#b00020", "warning": "#8a5a00", "info": "#1b5e20"}
_HEADING = '<h2 style="font-size:.95em;margin:1.2em 0 .3em">{}</h2>'
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\^`{|}]+")


@dataclass(frozen=True)
class Section:
    """One part of a message: a heading, its lines, and whether they are a command to copy.

    A line that begins with a space belongs to the line above it.
    """

    heading: str
    lines: tuple[str, ...]
    is_command: bool = False


def subject_line(message: Message) -> str:
    """State and effect in one line, as the subject of a mail shows it."""
    return _title(limit(message))


def _title(message: Message) -> str:
    label = LABELS.get(message.state, message.state.upper())
    nights = f", night {message.nights}" if _goes_on(message) else ""
    invented = ", invented data" if message.is_synthetic else ""
    return f"[{label}{nights}{invented}] Nightvigil: {message.subject}"


def to_text(message: Message) -> str:
    """The message as plain text with short lines; a command is a line of its own and never broken."""
    message = limit(message)
    parts = ["\n".join(_wrap(_title(message), ""))]
    for section in _list_sections(message):
        if section.is_command:
            parts.append(f"{section.heading}\n\n{section.lines[0]}")
            continue
        body = [line for each in section.lines for line in _wrap(each, "  ")]
        parts.append("\n".join([section.heading, *body]))
    return "\n\n".join(parts) + "\n"


def to_html(message: Message) -> str:
    """The message as one page of HTML that loads nothing: no script, style sheet, picture or font."""
    message = limit(message)
    title = escape(_title(message))
    colour = COLOURS.get(message.level, COLOURS["error"])
    parts = [f'<h1 style="font-size:1.15em;color:{colour};margin:0 0 1em">{title}</h1>']
    for section in _list_sections(message, with_links=False):
        parts.append(_HEADING.format(escape(section.heading)))
        if section.is_command:
            parts.append(
                '<pre style="background:#f0f0f0;color:#111;padding:.7em;white-space:pre-wrap;'
                f'overflow-wrap:anywhere">{escape(section.lines[0])}</pre>'
            )
            continue
        for line in section.lines:
            indent = len(line) - len(line.lstrip(" "))
            parts.append(f'<p style="margin:.15em 0 .15em {indent / 2:g}em">{escape(line.strip())}</p>')
    if message.links:
        parts.append(_HEADING.format("LINKS"))
    for label, address in message.links:
        shown = f"{escape(label)}: {escape(address)}"
        linked = f'<a href="{escape(address)}" rel="noreferrer">{escape(label)}</a>'
        parts.append(f'<p style="margin:.15em 0">{linked if _is_web_address(address) else shown}</p>')
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title></head>\n<body style="font-family:sans-serif;font-size:15px;line-height:1.4;'
        f'max-width:44em;margin:1em;overflow-wrap:anywhere">\n{body}\n</body></html>\n'
    )


def to_slack(message: Message) -> dict[str, Any]:
    """The message as a payload of a Slack webhook: texts that Slack shows as they are, without markup."""
    message = limit(message)
    title = _for_slack(_title(message))
    blocks = [{"type": "header", "text": _plain(_cut(title, 150))}]
    for section in _list_sections(message, with_links=False):
        blocks += [{"type": "section", "text": _plain(text)} for text in _fill(section)]
    for label, address in message.links:
        if _is_web_address(address):
            # The only markup: a link of ours, whose label and address cannot close it.
            link = f"<{_for_slack(address).replace('|', '%7C')}|{_for_slack(re.sub('[*_~`|]', ' ', label))}>"
            blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": link, "verbatim": True}})
        else:
            blocks.append({"type": "section", "text": _plain(_for_slack(f"{label}: {address}"))})
    return {
        "text": title,
        "mrkdwn": False,
        "link_names": False,
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": blocks if len(blocks) <= SLACK_BLOCKS else [*blocks[: SLACK_BLOCKS - 1], _REST_IN_SLACK],
    }


def to_teams(message: Message) -> dict[str, Any]:
    """The message as an Adaptive Card, as a workflow of Teams takes it: runs of text, in which markdown is text."""
    message = limit(message)
    colour = {"error": "Attention", "warning": "Warning"}.get(message.level, "Good")
    body = [_runs(_run(_title(message), weight="Bolder", size="Medium", color=colour))]
    for section in _list_sections(message, with_links=False):
        body.append(_runs(_run(section.heading, weight="Bolder"), spacing="Medium"))
        form = {"fontType": "Monospace"} if section.is_command else {}
        body += [_runs(_run(line, **form), spacing="Small") for line in section.lines]
    actions = []
    for label, address in message.links:
        if _is_web_address(address):
            actions.append({"type": "Action.OpenUrl", "title": _for_teams(label), "url": address})
        else:
            body.append(_runs(_run(f"{label}: {address}"), spacing="Small"))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": actions[:6],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    payload = {"type": "message", "attachments": [attachment]}
    while len(json.dumps(payload)) > TEAMS_BYTES:
        body[-2:] = [_runs(_run(REST))]
    return payload


def to_webhook(message: Message) -> dict[str, Any]:
    """The message's own fields, and `text` with all of it for a person."""
    return {**limit(message).to_json(), "text": to_text(message)}


def to_command(message: Message) -> dict[str, Any]:
    """What a webhook gets, and the fields that the alert command has always had: what, where, touches, todo."""
    cause = message.causes[0] if message.causes else Problem(message.subject)
    earlier = {
        "what": limit_text(cause.what),
        "where": limit_text(cause.where),
        "touches": limit_text(message.effect),
    }
    return {**to_webhook(message), **earlier}


def _list_sections(message: Message, *, with_links: bool = True) -> list[Section]:
    """The parts of a limited message that have something to say, the most important first."""
    # What to do about a single cause is what the message says to do.
    has_todo = len(message.causes) > 1 or not message.todo
    causes = [line for each in message.causes for line in _describe(each, has_todo=has_todo)]
    consequences = [
        line for place, each in enumerate(message.consequences, 1) for line in _describe_short(place, each)
    ]
    nights = f"This is night {message.nights} in a row." if _goes_on(message) else ""
    about = [f"{name}: {value}" for name, value in message.about.items()]
    sections = [
        Section(
            "SNAPSHOT" if message.is_for_analysts else "EFFECT",
            (message.effect, nights, INVENTED if message.is_synthetic else ""),
        ),
        *(Section(heading, lines) for heading, lines in message.parts),
        Section("CAUSE" if len(message.causes) == 1 else "CAUSES", tuple(causes)),
        Section(_count_consequences(message), tuple(consequences)),
        Section("PUBLISHED TABLES AFFECTED", (", ".join(message.tables),)),
        Section("WHO ACTS", (message.who,)),
        Section("WHAT TO DO", (message.todo,)),
        Section("COMMAND TO COPY", (message.command,), is_command=True),
        Section("LINKS", tuple(f"{label}: {address}" for label, address in message.links) if with_links else ()),
        Section("IDS", (*about, f"message: {message.message_id}" if message.message_id else "", message.sent_at)),
    ]
    stated = [Section(each.heading, tuple(line for line in each.lines if line), each.is_command) for each in sections]
    return [section for section in stated if section.lines]


def _goes_on(message: Message) -> bool:
    """Whether the condition has lasted for several nights and still does."""
    return message.nights > 1 and message.state != "recovered"


def _count_consequences(message: Message) -> str:
    number = len(message.consequences)
    count = f"MORE THAN {number - 1}" if number == PROBLEMS else str(number)
    of_what = {0: "", 1: " OF IT"}.get(len(message.causes), " OF THEM")
    return f"{count} CONSEQUENCE{'' if number == 1 else 'S'}{of_what}"


def _describe(problem: Problem, *, has_todo: bool) -> Iterator[str]:
    yield problem.what
    facts = {
        "Rule": problem.rule,
        "Where": problem.where,
        "Earlier": problem.earlier,
        "Now": problem.now,
        "Failed": _state_count(problem),
        "Limit": problem.limit,
        "Do": problem.todo if has_todo else "",
        "Overridden": problem.override,
    }
    yield from (f"  {name}: {value}" for name, value in facts.items() if value)
    if problem.samples:
        yield "  Samples:"
        yield from (f"    - {sample}" for sample in problem.samples)


def _describe_short(place: int, problem: Problem) -> Iterator[str]:
    found_by = problem.where or problem.rule
    yield (
        f"{place}. {found_by}: {problem.what}"
        if found_by and found_by not in problem.what
        else f"{place}. {problem.what}"
    )
    is_said = problem.earlier in problem.what and problem.now in problem.what
    count = _state_count(problem)
    facts = (
        "" if is_said else f"earlier {problem.earlier or 'not known'}, now {problem.now or 'not known'}",
        f"{count} failed" if count else "",
        f"limit {problem.limit}" if problem.limit else "",
        f"overridden: {problem.override}" if problem.override else "",
    )
    if any(facts):
        yield f"   {'; '.join(fact for fact in facts if fact)}"


def _state_count(problem: Problem) -> str:
    if problem.failed_count is None:
        return ""
    checked = "" if problem.checked_count is None else f" of {problem.checked_count:,} checked"
    return f"{problem.failed_count:,}{checked} rows"


def _wrap(line: str, margin: str) -> list[str]:
    """Lines of a text below its margin; a word that is longer than a line stays whole, so that it can be copied."""
    own = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.wrap(
        line.strip(),
        WIDTH,
        initial_indent=margin + own,
        subsequent_indent=f"{margin}{own}  " if margin else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _is_web_address(address: str) -> bool:
    return _ADDRESS.fullmatch(address) is not None


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _fill(section: Section) -> list[str]:
    """The escaped lines of a section in as few texts as Slack takes."""
    texts = [_for_slack(section.heading)]
    for line in section.lines:
        shown = _cut(_for_slack(line), SLACK_TEXT)
        if len(texts[-1]) + len(shown) < SLACK_TEXT:
            texts[-1] += f"\n{shown}"
        else:
            texts.append(shown)
    return texts


def _for_slack(text: str) -> str:
    """Escaped as Slack asks; a call to everyone gets an at sign that calls nobody."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"@(?=channel|here|everyone)", "＠", text, flags=re.IGNORECASE)


def _cut(text: str, length: int) -> str:
    """At most so many characters of an escaped text, never half an entity."""
    return text if len(text) <= length else re.sub(r"&\w{0,3}$", "", text[: length - 1]) + "…"


def _for_teams(text: str) -> str:
    """A card computes dates in double braces."""
    return text.replace("{{", "{ {").replace("${", "$ {")


def _run(text: str, **form: str) -> dict[str, Any]:
    return {"type": "TextRun", "text": _for_teams(text), **form}


def _runs(run: dict[str, Any], **form: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [run], **form}


_REST_IN_SLACK = {"type": "section", "text": _plain(REST)}
