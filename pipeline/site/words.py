"""The values of vocabularies as people say them, and names of files."""

import hashlib
import re
from collections.abc import Sequence

OWN_WORDS = {
    "any": "Any route",
    "not_intravenous": "Any route but intravenous",
    "unknown": "Route not stated",
    "other": "Other",
    "parenteral_unspecified": "Injected, route not stated",
    "sublingual_buccal": "Under the tongue or cheek",
    "ketamine_any": "Ketamine or esketamine",
    "magnesium_parenteral": "Magnesium, injected",
    "magnesium_oral": "Magnesium, supplement",
    "magnesium_gastrointestinal": "Magnesium, antacid or laxative",
}
OTHER_ROUTE = "Another route"
ROUTE_ORDER = ("any", "intravenous", "not_intravenous", "intramuscular", "subcutaneous", "intranasal", "oral")
LAST_ROUTES = ("other", "unknown")
MOST_OF_A_PATH = 110


def say(value: str | None) -> str:
    """A value of a vocabulary with spaces and a capital: `nausea_or_vomiting` as `Nausea or vomiting`."""
    if value is None:
        return "Not given"
    text = value.replace("_", " ")
    return text[:1].upper() + text[1:]


def say_drug(drug: str) -> str:
    """The name of a drug, its rollup or subclass."""
    return OWN_WORDS.get(drug, say(drug))


def say_route(route: str) -> str:
    """The name of a route; the unknown one as `Route not stated`."""
    return OTHER_ROUTE if route == "other" else OWN_WORDS.get(route, say(route))


def say_reaction(reaction: str) -> str:
    """The name of a reaction."""
    return say(reaction)


def rank_route(route: str) -> tuple[int, str]:
    """The place of a route in a list: any, the chief ones, the others by name, and the unknown last."""
    if route in ROUTE_ORDER:
        return ROUTE_ORDER.index(route), route
    return len(ROUTE_ORDER) + (1 + LAST_ROUTES.index(route) if route in LAST_ROUTES else 0), route


def name_file(*parts: str) -> str:
    """The name of a page for some values, such as `drug-ketamine.html`; values that look alike there get a hash."""
    plain = "-".join(re.sub("[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)
    if plain.replace("-", "_") != "_".join(parts) or len(plain) > 100:
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:8]
        plain = f"{plain[:80].strip('-')}-{digest}"
    return f"{plain}.html"


def name_case_file(source: str, drug: str, route: str, reaction: str) -> str:
    """The name of the page of a cell's cases: its parts stay apart, so that no two cells share one."""
    parts = ("cases", *(() if source == "faers" else (source,)), drug, route, reaction)
    path = "--".join(name_file(part).removesuffix(".html") for part in parts) + ".html"
    return path if len(path) <= MOST_OF_A_PATH else name_file("cases", source, drug, route, reaction)


def join_words(words: Sequence[str]) -> str:
    """Words in a sentence: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
