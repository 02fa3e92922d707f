"""Regular expressions of DuckDB (RE2) as Java's, which Spark uses: the same text, read the same way.

Java reads some signs differently: `$` also stands before a final line break, a full stop leaves out more than the
line feed, `\\s` holds the vertical tab, `\\b` knows all alphabets, and `[` and `&&` have a meaning in a class.
Sources: https://github.com/google/re2/wiki/Syntax and java.util.regex.Pattern of Java 17.
"""

from pipeline.errors import NightvigilError

_WORD = "[0-9A-Za-z_]"
_OUTSIDE = {
    r"\s": r"[\t\n\f\r ]",
    r"\S": r"[^\t\n\f\r ]",
    r"\b": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    r"\B": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
    "$": r"\z",
    ".": r"[^\n]",
}
_IN_CLASS = {r"\s": r"\t\n\f\r ", "[": r"\[", "&": r"\&"}
_REFUSED_IN_CLASS = (r"\S", r"\b", r"\B", "[:")
_SAME = frozenset("dDwWntrfxzAa") | frozenset(r"\.+*?()|[]{}^$-/&\"'`%#,;:!<>=~@_ ")


def translate_pattern(pattern: str) -> str:
    """The pattern that finds in Java what `pattern` finds in RE2.

    Raises NightvigilError for a sign whose meaning differs, or may differ, and that has no translation here.
    """
    pieces: list[str] = []
    in_class = False
    place = 0
    while place < len(pattern):
        sign = pattern[place : place + 2] if pattern[place] == "\\" else pattern[place]
        if sign == "(" and not in_class and pattern[place + 1 : place + 2] == "?":
            sign = pattern[place : place + 3]
        if in_class and sign == "[" and pattern[place + 1 : place + 2] == ":":
            sign = "[:"
        _require_known(pattern, sign, in_class)
        pieces.append((_IN_CLASS if in_class else _OUTSIDE).get(sign, sign))
        place += len(sign)
        if sign == "[" and not in_class:
            in_class = True
            opening = _read_opening(pattern, place)
            pieces.append(opening.replace("]", r"\]"))
            place += len(opening)
        elif sign == "]":
            in_class = False
    return "".join(pieces)


def translate_replacement(text: str, *, groups_before: int = 0) -> str:
    """The replacement that puts in Java what `text` puts in DuckDB: groups are `$1`, and signs of Java's are escaped.

    groups_before: groups that the pattern was given before its own; the last of them holds the whole match.
    """
    pieces: list[str] = []
    place = 0
    while place < len(text):
        if text[place] == "\\" and text[place + 1 : place + 2].isdigit():
            # a digit after the group would be read as part of its number
            pieces.append(f"${int(text[place + 1]) + groups_before}")
            following = text[place + 2 : place + 3]
            if following.isdigit():
                pieces.append("\\")
            place += 2
        else:
            pieces.append("\\" + text[place] if text[place] in "$\\" else text[place])
            place += 1
    return "".join(pieces)


def _read_opening(pattern: str, place: int) -> str:
    """What may follow the `[` of a class and does not end it: `^`, and a `]` that is a member."""
    opening = "^" if pattern[place : place + 1] == "^" else ""
    return opening + ("]" if pattern[place + len(opening) : place + len(opening) + 1] == "]" else "")


def _require_known(pattern: str, sign: str, in_class: bool) -> None:
    is_known = sign not in _REFUSED_IN_CLASS if in_class else True
    if sign.startswith("(?"):
        is_known = sign == "(?:"
    if sign.startswith("\\"):
        is_known = is_known and (sign in _OUTSIDE or sign[1:] in _SAME)
    if not is_known:
        raise NightvigilError(
            f"the regular expression {pattern!r} holds {sign!r}, whose meaning for Spark is not known",
            where="pipeline/spark/regexes.py",
            todo="write it without this sign, or add how Java says it",
        )
