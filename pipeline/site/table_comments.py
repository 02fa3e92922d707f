"""The comment of a table, which is the header of its SELECT, in the parts that a page shows."""

from collections.abc import Iterator

LABELS = {"grain": "Grain", "key": "Key", "not": "Is not", "why": "Why", "severity": "Severity"}
"""The fields of a header (`pipeline.models`) as a page names them."""
NOTES = "Notes"


def read_meaning(comment: str | None) -> str:
    """What a table is, without the fields that follow."""
    return next((text for label, text in split_comment(comment) if not label), "")


def split_comment(comment: str | None) -> list[tuple[str, str]]:
    """The parts of a comment in their order, each with its label: the meaning, which has none, fields, and notes.

    A published comment has no empty lines: what follows `not` and begins a sentence is a note.
    """
    parts: list[tuple[str, list[str]]] = [("", [])]
    for label, line in _label_lines(comment or ""):
        if label is None:
            parts[-1][1].append(line)
        else:
            parts.append((label, [line]))
    return [(label, " ".join(lines)) for label, lines in parts if lines]


def _label_lines(comment: str) -> Iterator[tuple[str | None, str]]:
    """Each line with the label of the part that it begins; None where it goes on with the part before."""
    current = ""
    for line in comment.splitlines():
        word, _, rest = line.partition(" ")
        if word in LABELS and current != NOTES:
            current = LABELS[word]
            yield current, rest.strip()
        elif current == LABELS["not"] and not line[:1].islower():
            current = NOTES
            yield current, line
        else:
            yield None, line
