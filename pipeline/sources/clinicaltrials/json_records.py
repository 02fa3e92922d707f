"""JSON as it arrives from outside: cut into records by their bytes, and read without trusting it.

Python's reader alone would accept NaN, keep the last of two equal keys without a warning, and fail on deep nesting or
long integers. Here each of these is a reason by which a record is set aside. What a record means is not known here.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 64  # a study record is about a dozen levels deep
MAX_INTEGER_DIGITS = 18
BOM = b"\xef\xbb\xbf"
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_ARRAY_BEGINS = re.compile(rb"\s*:\s*\[")


@dataclass(frozen=True)
class JsonRecord:
    """A record of a member: its place (from 1), its bytes, and the reasons that hold for the member as a whole."""

    number: int
    content: bytes
    reasons: tuple[str, ...] = ()


def split_records(content: bytes, list_key: bytes) -> Iterator[JsonRecord]:
    """Cut a member into records: a root list, the list under list_key of a root object, or the member itself.

    Every record keeps its own bytes, so a broken one does not affect its neighbours. A list that
    does not close, or whose surroundings are not sound JSON, is one record with the reasons.
    """
    content = content.removeprefix(BOM)
    found = _find_list(content, list_key)
    if found is None:
        yield JsonRecord(1, content)
        return
    spans, first, last = found
    _, reasons = read_strictly(content[:first] + b"[]" + content[last:])
    if reasons:
        yield JsonRecord(1, content, tuple(reasons))
        return
    for number, (begin, end) in enumerate(spans, start=1):
        yield JsonRecord(number, content[begin:end].strip())


def read_strictly(content: bytes) -> tuple[Any, list[str]]:
    """Parse JSON and list every reason not to trust it; the value is None where it could not be parsed."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [f"not UTF-8 at byte {error.start}"]
    if _depth(content) > MAX_DEPTH:
        return None, [f"nested deeper than {MAX_DEPTH} levels"]
    reasons: list[str] = []
    try:
        value = json.loads(text, **_hooks(reasons.append))
    except json.JSONDecodeError as error:
        return None, [f"not JSON: {error.msg} at character {error.pos}"]
    if "\\u" in text and _holds_lone_surrogate(value):
        reasons.append("a lone surrogate, which is no character")
    return value, list(dict.fromkeys(reasons))


def _hooks(report: Callable[[str], None]) -> dict[str, Any]:
    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            report(f"a key comes twice in one object: {twice[:40]!a}")
        return record

    def read_integer(digits: str) -> int:
        if len(digits.lstrip("-")) > MAX_INTEGER_DIGITS:
            report(f"an integer of more than {MAX_INTEGER_DIGITS} digits")
            return 0
        return int(digits)

    def read_float(digits: str) -> float:
        number = float(digits)
        if math.isinf(number):
            report("a number beyond what a double holds")
        return number

    def read_constant(name: str) -> None:
        report(f"{name} is not a JSON number")

    return {
        "object_pairs_hook": read_object,
        "parse_int": read_integer,
        "parse_float": read_float,
        "parse_constant": read_constant,
    }


def _holds_lone_surrogate(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _depth(content: bytes) -> int:
    depth = deepest = 0
    for token in _TOKEN.finditer(content):
        mark = token.group()
        if mark in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in b"]}":
            depth -= 1
    return deepest


def _find_list(content: bytes, list_key: bytes) -> tuple[list[tuple[int, int]], int, int] | None:
    """The spans of the list's elements, where it begins, and the place after its end; None without a whole list."""
    begin = _find_beginning(content, list_key)
    if begin is None:
        return None
    spans, depth, start = [], 0, begin + 1
    for token in _TOKEN.finditer(content, begin):
        mark = token.group()
        if mark in b"[{":
            depth += 1
        elif mark == b"," and depth == 1:
            spans.append((start, token.start()))
            start = token.end()
        elif mark in b"]}":
            depth -= 1
            if depth == 0:
                if spans or content[start : token.start()].strip():
                    spans.append((start, token.start()))
                return spans, begin, token.end()
    return None


def _find_beginning(content: bytes, list_key: bytes) -> int | None:
    """Where the list opens: at the root, or under list_key at the first level of a root object."""
    depth = 0
    for token in _TOKEN.finditer(content):
        mark = token.group()
        if depth == 0 and mark == b"[":
            return token.start()
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
        elif depth == 1 and mark == b'"' + list_key + b'"' and (opened := _ARRAY_BEGINS.match(content, token.end())):
            return opened.end() - 1
    return None
