"""Text from outside made safe to show: in a terminal, a log, an alert or a record, whatever bytes it came from.

A title or a file name may hold escape sequences that a terminal obeys, line ends that forge a line of a log,
directional marks that show a name in another order, and bytes that are no text. Whatever prints uses `make_printable`
or `make_one_line`; names of files become reversible text with `encode_name` before they are recorded.
"""

import hashlib
import os
import re

MAX_NAME_BYTES = 255  # of a name in a folder, on every usual file system
# Control characters but tab and line feed, marks of direction, other invisible formats, and surrogates. The joiners
# of scripts and emoji (U+200C, U+200D) move nothing on a screen.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff"
    "\U000e0000-\U000e0fff]"
)
_UNSAFE_IN_JSON = re.compile(f"(?![\x00-\x1f]){_UNSAFE.pattern}")
_ESCAPED = re.compile(r"\\(?:(\\)|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_BYTES = range(0xDC80, 0xDD00)  # os.fsdecode shows byte 0xNN, where it is no text, as the surrogate U+DCNN


def make_printable(text: str) -> str:
    r"""The text with every character a terminal would obey as its escape (`\x1b`); line ends and tabs are kept."""
    return _UNSAFE.sub(_escape, text)


def make_one_line(text: str) -> str:
    """As `make_printable`, and line ends and tabs escaped as well: a text that cannot forge another line."""
    return make_printable(text).replace("\n", "\\n").replace("\t", "\\t")


def make_json_printable(document: str) -> str:
    """A JSON document with the same values, whose strings hold no character that a terminal would obey."""
    return _UNSAFE_IN_JSON.sub(_escape_in_json, document)


def encode_name(name: str) -> str:
    r"""A file name as text that is safe to show and to store, and from which `decode_name` gives the name again.

    A byte that is not UTF-8 becomes `\xff`, a control character `\x1b`, a backslash two; usual names stay.
    """
    return make_printable(name.replace("\\", "\\\\").replace("\n", "\\x0a").replace("\t", "\\x09"))


def decode_name(text: str) -> str:
    """The file name that `encode_name` made the text of."""
    return _ESCAPED.sub(_unescape, text)


def shorten_name(name: str, limit: int = MAX_NAME_BYTES) -> str:
    """A name of at most `limit` bytes: a longer one loses its middle, for which a hash stands, and keeps its end."""
    content = os.fsencode(name)
    if len(content) <= limit:
        return name
    mark = f"~{hashlib.sha256(content).hexdigest()[:8]}~"
    kept = limit - len(mark)
    begin, end = content[: kept - kept // 4], content[-(kept // 4) :]
    return begin.decode("utf-8", "ignore") + mark + end.decode("utf-8", "ignore")


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _unescape(match: re.Match[str]) -> str:
    backslash, byte, *others = match.groups()
    if backslash:
        return backslash
    if byte:
        return chr(int(byte, 16) + (0xDC00 if int(byte, 16) >= 0x80 else 0))
    return chr(int(next(digits for digits in others if digits), 16))


def _escape_in_json(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
