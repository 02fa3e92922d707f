"""JSON as it arrives from outside: cut into records by their bytes, and read without trusting it.

Python's reader alone would accept NaN, keep the last of two equal keys without a warning, and fail on deep nesting or
long integers. Here each of these is a reason by which a record is set aside. What a record means is not known here.

A member is read as a stream and never held whole: memory follows the largest record that is accepted, and time the
bytes of the member.
"""

import hashlib
import json
import math
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import Any, BinaryIO

import numpy as np

MAX_DEPTH = 64  # a study record is about a dozen levels deep
MAX_INTEGER_DIGITS = 18
MAX_RECORD_BYTES = 16 << 20  # a study record is 18 KB on average; the largest have a few MB
MAX_VALUES = 1_000_000  # in one record: parsed, each may take 250 bytes
MAX_RECORDS = 1_000_000  # in one member: the whole register is half of that
EXCERPT_BYTES = 64 << 10  # kept of a record that is too large
BOM = b"\xef\xbb\xbf"
CHUNK = 1 << 20
# Strings as wholes, so that what they hold is no structure; possessive, as backtracking would keep state for each
# byte. Runs of brackets and commas are one token. A lone quote is a string that does not end.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]++|[\]}]++|,++|"', re.DOTALL)
_STRUCTURE = re.compile(rb"[\[{]++|[\]}]++|,++")
_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_ARRAY_BEGINS = re.compile(rb"\s*+:\s*+\[")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_QUOTE, _COMMA, _OPENING = ord('"'), ord(","), b"[{"
_STEPS = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1), _COMMA: 0}
_AS_STEPS, _NO_BRACKETS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff"), bytes(set(range(256)) - set(b"[{]}"))

OpenMember = Callable[[], BinaryIO]


@dataclass(frozen=True)
class JsonRecord:
    """A record of a member: its place (from 1), its bytes, and the reasons that hold before it is parsed.

    is_alone: whether the member holds no other. sha256: of all its bytes where `content` is only the first of them.
    """

    number: int
    content: bytes
    reasons: tuple[str, ...] = ()
    is_alone: bool = True
    sha256_of_all: str | None = None

    @property
    def is_excerpt(self) -> bool:
        """Whether the record is too large to be kept or parsed, and `content` is its beginning."""
        return self.sha256_of_all is not None

    @property
    def sha256(self) -> str:
        return self.sha256_of_all or hashlib.sha256(self.content).hexdigest()


def split_records(open_member: OpenMember, list_key: bytes) -> Iterator[JsonRecord]:
    """Cut a member into records: a root list, the list under list_key of a root object, or the member itself.

    Every record keeps its own bytes, so a broken or too large one does not affect its neighbours. A list that does
    not close, whose surroundings are not sound JSON, or of more than MAX_RECORDS is one record with the reasons.
    open_member: opens the member at its beginning, each time it is called.
    """
    with open_member() as stream:
        head = stream.read(len(BOM) + MAX_RECORD_BYTES)
        is_whole = not stream.read(1)
    skipped = len(BOM) if head.startswith(BOM) else 0
    begin = _find_beginning(head[skipped:], list_key, is_whole=is_whole)
    bounds: array[int] | None = None
    reasons: tuple[str, ...] = ()
    if begin is not None:
        bounds = _find_bounds(open_member, skipped + begin)
        reasons = _find_reasons(open_member, head[skipped : skipped + begin], bounds)
    if bounds is None or reasons:
        with open_member() as stream:
            _skip(stream, skipped)
            yield _make_record(_read(stream), 1, reasons)
        return
    with open_member() as stream:
        _skip(stream, bounds[0])
        for number, (before, end) in enumerate(pairwise(bounds), start=1):
            _skip(stream, 1)  # the bracket or comma before it
            record = _make_record(_without_leading_blanks(_read(stream, end - before - 1)), number)
            if record.content or len(bounds) > 2:  # an empty list holds no record
                content = record.content if record.is_excerpt else record.content.rstrip()
                yield replace(record, content=content, is_alone=len(bounds) == 2)


def read_strictly(content: bytes) -> tuple[Any, list[str]]:
    """Parse JSON and list every reason not to trust it; the value is None where it could not be parsed."""
    if len(content) > MAX_RECORD_BYTES:
        return None, [f"larger than {MAX_RECORD_BYTES} bytes"]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [f"not UTF-8 at byte {error.start}"]
    if excess := _find_excess(content):
        return None, [excess]
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
            counts = Counter(key for key, _ in pairs)
            twice = next(key for key, count in counts.items() if count > 1)
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


def _find_excess(content: bytes) -> str | None:
    """Why a record would cost more than it may to parse: its depth, or its number of values."""
    depth = values = 0
    for token in _find_tokens(content):
        mark, length = content[token.start()], token.end() - token.start()
        if mark in _OPENING:
            depth += length
            values += length
        elif mark == _COMMA:
            values += length
        elif mark != _QUOTE:
            depth -= length
        if depth > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH} levels"
        if values > MAX_VALUES:
            return f"more than {MAX_VALUES} values"
    return None


def _find_tokens(content: bytes) -> Iterator[re.Match[bytes]]:
    """The tokens of a text that is all there: nothing after a string that does not end is a string."""
    for token in _TOKEN.finditer(content):
        if _is_unclosed(token):
            yield from _STRUCTURE.finditer(content, token.end())
            return
        yield token


def _is_unclosed(token: re.Match[bytes]) -> bool:
    return token.end() - token.start() == 1 and token.group() == b'"'


def _find_beginning(head: bytes, list_key: bytes, *, is_whole: bool) -> int | None:
    """Where the list opens: at the root, or under list_key at the first level of a root object.

    is_whole: head is the whole member; otherwise a string that does not end in it says nothing.
    """
    depth = 0
    for token in _find_tokens(head) if is_whole else takewhile(_is_closed, _TOKEN.finditer(head)):
        start, end = token.span()
        mark = head[start]
        if mark in _OPENING:
            at_root = start - depth  # the bracket of this run that opens at depth 0, if it is among them
            if start <= at_root < end and head[at_root : at_root + 1] == b"[":
                return at_root
            depth += end - start
        elif mark == _QUOTE:
            is_key = depth == 1 and head[start + 1 : end - 1] == list_key
            if is_key and (opened := _ARRAY_BEGINS.match(head, end)):
                return opened.end() - 1
        elif mark != _COMMA:
            depth -= end - start
    return None


def _is_closed(token: re.Match[bytes]) -> bool:
    return not _is_unclosed(token)


def _find_bounds(open_member: OpenMember, begin: int) -> "array[int] | None":
    """The opening bracket of the list, each comma between its elements, and its closing bracket, as places in the
    member; None without a whole list. A list of more than MAX_RECORDS is left before its end."""
    bounds = array("q", [begin])
    for place, mark, length, depth in _scan(open_member, begin):
        if mark == _COMMA:
            if depth == 1:
                bounds.extend(range(place, place + length))
                if len(bounds) > MAX_RECORDS:
                    return bounds
        elif mark not in _OPENING and length >= depth:
            bounds.append(place + depth - 1)
            return bounds
    return None


def _find_reasons(open_member: OpenMember, before: bytes, bounds: "array[int] | None") -> tuple[str, ...]:
    """Why a list cannot be divided into records although it closes: its length, or what surrounds it."""
    if bounds is None:
        return ()
    if len(bounds) > MAX_RECORDS:
        return (f"a list of more than {MAX_RECORDS} records",)
    with open_member() as stream:
        _skip(stream, bounds[-1] + 1)
        after = stream.read(MAX_RECORD_BYTES)
    around = before + b"[]" + after
    if len(around) > MAX_RECORD_BYTES:
        return (f"more than {MAX_RECORD_BYTES} bytes around the list of records",)
    return tuple(read_strictly(around)[1])


def _scan(open_member: OpenMember, begin: int) -> Iterator[tuple[int, int, int, int]]:
    """Runs of brackets and of commas outside strings from a place on: (place, first byte, length, depth before).

    What lies deep in an element is passed over a chunk at a time.
    """
    depth, unclosed = 0, None  # unclosed: where the string began that the last chunk ended in
    with open_member() as stream:
        place, held = _skip(stream, begin), b""  # held: a backslash whose character is in the next chunk
        for fresh in _read(stream):
            chunk, position = held + fresh, 0
            held = b""
            if unclosed is not None:
                left, held = _leave_string(chunk, 0)
                if left is None:
                    place += len(chunk) - len(held)
                    continue
                position, unclosed = left, None
            if (level := _pass_over(chunk[position:], depth)) is not None:
                depth = level
                place += len(chunk)
                continue
            for token in _TOKEN.finditer(chunk, position):
                start, end = token.span()
                if _is_unclosed(token):
                    unclosed = place + start
                    _, held = _leave_string(chunk, end)
                    break
                mark = chunk[start]
                if mark != _QUOTE:
                    yield place + start, mark, end - start, depth
                    depth += _STEPS[mark] * (end - start)
            place += len(chunk) - len(held)
    if unclosed is not None:  # to the end of the member: nothing after it is a string
        with open_member() as stream:
            place = _skip(stream, unclosed + 1)
            for chunk in _read(stream):
                for token in _STRUCTURE.finditer(chunk):
                    start, end = token.span()
                    yield place + start, chunk[start], end - start, depth
                    depth += _STEPS[chunk[start]] * (end - start)
                place += len(chunk)


def _pass_over(text: bytes, depth: int) -> int | None:
    """The depth after a text that lies within one element; None where it reaches the list, or ends in a string."""
    if depth < 2:
        return None
    bare = _STRING.sub(b"", text)
    if b'"' in bare:
        return None
    levels = depth + np.cumsum(np.frombuffer(bare.translate(_AS_STEPS, _NO_BRACKETS), dtype=np.int8), dtype=np.int64)
    if not levels.size:
        return depth
    return int(levels[-1]) if levels.min() > 1 else None


def _leave_string(chunk: bytes, position: int) -> tuple[int | None, bytes]:
    """The place after the string that position lies in, or None and what must be read again with the next chunk."""
    end = _REST_OF_STRING.match(chunk, position).end()  # type: ignore[union-attr]  # it matches the empty text too
    if end == len(chunk):
        return None, b""
    return (end + 1, b"") if chunk[end] == _QUOTE else (None, chunk[end:])


def _skip(stream: BinaryIO, count: int) -> int:
    """Read over bytes; return how many were asked for."""
    for _ in _read(stream, count):
        pass
    return count


def _read(stream: BinaryIO, count: int | None = None) -> Iterator[bytes]:
    """The next bytes in chunks; all that remain where no count is given."""
    while (count is None or count > 0) and (chunk := stream.read(CHUNK if count is None else min(count, CHUNK))):
        count = None if count is None else count - len(chunk)
        yield chunk


def _without_leading_blanks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    is_begun = False
    for chunk in chunks:
        if content := chunk if is_begun else chunk.lstrip():
            is_begun = True
            yield content


def _make_record(chunks: Iterable[bytes], number: int, reasons: tuple[str, ...] = ()) -> JsonRecord:
    """The record in the chunks; of one that is too large an excerpt, with its size among the reasons."""
    kept, size, digest = bytearray(), 0, hashlib.sha256()
    for chunk in chunks:
        size += len(chunk)
        digest.update(chunk)
        if len(kept) <= MAX_RECORD_BYTES:
            kept += chunk
    if size <= MAX_RECORD_BYTES:
        return JsonRecord(number, bytes(kept), reasons)
    stated = f"{size} bytes, more than {MAX_RECORD_BYTES}: only its first {EXCERPT_BYTES} bytes are kept here"
    return JsonRecord(number, bytes(kept[:EXCERPT_BYTES]), (*reasons, stated), sha256_of_all=digest.hexdigest())
