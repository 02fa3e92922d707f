"""Numbers as people read them: thousands apart, a fixed number of decimals, a true minus sign."""

from datetime import date, datetime
from typing import Any

NOTHING = "–"
MINUS = "−"


def shorten_text(text: str, most: int) -> str:
    """The text, or its beginning and how much was left off: names of an ill-meaning source may have no end."""
    return text if len(text) <= most else f"{text[:most]}… ({show_count(len(text) - most)} more characters)"


def show_count(value: Any) -> str:
    """A whole number with its thousands apart; a dash for nothing."""
    return NOTHING if value is None else f"{int(value):,}".replace("-", MINUS)


def show_ratio(value: Any) -> str:
    """A ratio with two decimals, none from 100 on; the least shown is `<0.01`."""
    if value is None:
        return NOTHING
    if 0 < value < 0.01:
        return "<0.01"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def show_signed(value: Any, decimals: int = 2) -> str:
    """A number that may be negative, such as an information component, with a true minus sign."""
    if value is None:
        return NOTHING
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def show_percent(value: Any) -> str:
    """A share between 0 and 1 as percent with one decimal."""
    return NOTHING if value is None else f"{100 * value:.1f} %"


def show_p(value: Any) -> str:
    """A p value with three decimals, or that it is below 0.001."""
    if value is None:
        return NOTHING
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def show_interval(estimate: Any, lower: Any, upper: Any, *, is_signed: bool = False) -> str:
    """An estimate with its interval: `3.86 (2.39 to 6.24)`; a dash where there is no estimate."""
    show = show_signed if is_signed else show_ratio
    if estimate is None:
        return NOTHING
    if lower is None or upper is None:
        return show(estimate)
    return f"{show(estimate)} ({show(lower)} to {show(upper)})"


def show_day(value: Any) -> str:
    """A day as `5 Dec 2024`; a dash for nothing. Takes a date, a time or the text of either in ISO form."""
    if value is None:
        return NOTHING
    day = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{day.day} {day:%b %Y}" if isinstance(day, date) else str(value)


def show_time(value: str) -> str:
    """A time in ISO form, UTC, as `28 Nov 2026 01:00 UTC`."""
    moment = datetime.fromisoformat(value)
    return f"{moment.day} {moment:%b %Y %H:%M} UTC"


def show_quarter(value: str | None) -> str:
    """`2024Q1` as `2024 Q1`; other text as it is."""
    if not value:
        return NOTHING
    return f"{value[:4]} {value[4:]}" if len(value) == 6 and value[4] == "Q" else value
