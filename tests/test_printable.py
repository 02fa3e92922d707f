"""Text from outside is safe to show, and a name is recorded as text that gives the name again."""

import json
import os

from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DeliveryRefused
from pipeline.printable import (
    decode_name,
    encode_name,
    make_json_printable,
    make_one_line,
    make_printable,
    shorten_name,
)

OBEYED = [
    *(chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))),
    "\u202e",
    "\u2066",
    "\ufeff",
    "\u2028",
]
ANY_NAME = st.binary(min_size=1, max_size=255).filter(lambda name: not {0, ord("/")} & set(name))


def is_safe(text: str) -> bool:
    text.encode()  # no surrogate
    return not set(text) & set(OBEYED)


def test_escape_sequence_of_a_title_is_shown_as_text() -> None:
    assert make_printable("a\x1b]0;owned\x07b") == r"a\x1b]0;owned\x07b"
    assert make_printable("invoice\u202efdp.exe") == r"invoice\u202efdp.exe"
    assert make_printable("Müller, 日本語, 👩\u200d⚕️\tx\ny") == "Müller, 日本語, 👩\u200d⚕️\tx\ny"


def test_text_for_a_log_is_one_line() -> None:
    assert make_one_line("a\nERROR forged\r\n") == r"a\nERROR forged\x0d\n"


def test_name_that_is_no_text_is_recorded_as_text() -> None:
    name = os.fsdecode(b"faers_\xff_2015q1.zip")
    assert encode_name(name) == r"faers_\xff_2015q1.zip"
    assert encode_name("usual name (2).zip") == "usual name (2).zip"
    assert decode_name(encode_name(name)) == name


@given(ANY_NAME)
def test_every_name_is_given_again(content: bytes) -> None:
    name = os.fsdecode(content)
    text = encode_name(name)
    assert is_safe(text) and "\n" not in text
    assert decode_name(text) == name
    assert os.fsencode(decode_name(json.loads(json.dumps(text)))) == content


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_is_safe_and_stays_so(text: str) -> None:
    shown = make_printable(text)
    assert is_safe(shown)
    assert make_printable(shown) == shown


@given(st.recursive(st.text(max_size=20) | st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=6))
def test_json_keeps_its_values_and_is_safe(value: object) -> None:
    document = make_json_printable(json.dumps(value, ensure_ascii=False, indent=1))
    assert is_safe(document)
    assert json.loads(document) == value


@given(ANY_NAME, st.integers(30, 255))
def test_shortened_name_fits_and_two_long_names_differ(content: bytes, limit: int) -> None:
    name = os.fsdecode(content)
    short = shorten_name(name, limit)
    assert len(os.fsencode(short)) <= limit
    assert short == name or len(content) > limit
    assert shorten_name(f"{name}{'x' * 255}", limit) != shorten_name(f"{name}{'x' * 256}", limit)


def test_error_and_its_one_line_form_are_safe() -> None:
    error = DeliveryRefused("a \x1b[31mred\x1b[0m name\nand more", where=os.fsdecode(b"\xff"), todo="x")
    assert error.what == "a \\x1b[31mred\\x1b[0m name\nand more"
    assert str(error) == r"a \x1b[31mred\x1b[0m name\nand more [where: \xff] [do: x]"
