"""What the invented reports say of dose, start, event and stopping: derived from the number of the case, never drawn.

So the cases, drugs and reactions of the world stay as their author drew them. No day or dose here is a fact about a
drug. Most ways of being vague are present: a month instead of a day, no date, an event before the start, a range, a
number of tablets, and amounts that no one is given.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

_RACEMIC_LAGS = (0, 0, 0, 0, 1, 0, 2, 0, 0, 14)
_OTHER_LAGS = (1, 2, 4, 6, 0, 9, 13, 21, 34, 60)
_DECHALLENGES = ("U", "Y", "U", "", "N", "Y", "D")
_RECHALLENGES = ("U", "U", "", "Y", "D", "N", "U", "U", "U")


@dataclass(frozen=True)
class Course:
    """Dates as files write them: blank, YYYYMM or YYYYMMDD; and the codes of dechallenge and rechallenge."""

    start: str
    event: str
    dechallenge: str
    rechallenge: str


@dataclass(frozen=True)
class Dose:
    """A dose as files state it: the text of a report, and the fields that the modern era has beside it."""

    text: str = ""
    amount: str = ""
    unit: str = ""
    frequency: str = ""


_DOSES: dict[tuple[str, str], tuple[Dose, ...]] = {
    ("ketamine", "intravenous"): (
        Dose("0.5 MG/KG, ONCE", "0.5", "MG/KG", "1X"), Dose("0.5 MG/KG OVER 40 MINUTES"), Dose(), Dose("UNK"),
        Dose("0.2 MG/KG/HR"), Dose("100 MG, SINGLE", "100", "MG"), Dose("0.3-0.5 MG/KG"),
        Dose("2 MG/KG", "2", "MG/KG"),
        Dose("20 MG/KG", "20", "MG/KG"), Dose("5 ML", "5", "ML"), Dose("300 UG/KG", "300", "UG/KG"),
    ),
    ("ketamine", "intramuscular"): (
        Dose("4 MG/KG", "4", "MG/KG"), Dose("2 MG/KG"), Dose(), Dose("50 MG", "50", "MG"),
    ),
    ("ketamine", "intranasal"): (Dose("50 MG, BID", "50", "MG", "BID"), Dose("120 MG"), Dose()),
    ("esketamine", "intranasal"): (
        Dose("56 MG, 2X/WEEK", "56", "MG", "BIW"), Dose("84 MG, 2X/WEEK", "84", "MG", "BIW"), Dose("28 MG"),
        Dose("UNK"), Dose("56 MG THEN 84 MG"), Dose("3 DOSAGE FORMS", "3", "DF"), Dose(),
    ),
    ("memantine", "oral"): (
        Dose("10 MG, BID", "10", "MG", "BID"), Dose("5 MG, QD", "5", "MG", "QD"), Dose("28 MG DAILY"),
        Dose("20 MG/DAY"),
        Dose("1 TABLET, QD", "1", "DF", "QD"), Dose(), Dose("10 MG", "10", "MG"),
        Dose("280 MG, QD", "280", "MG", "QD"),
    ),
    ("dextromethorphan", "oral"): (
        Dose("30 MG, Q12H", "30", "MG", "Q12H"), Dose("10 ML, BID", "10", "ML", "BID"), Dose("360 MG DAILY"), Dose(),
        Dose("20 MG, BID", "20", "MG", "BID"),
    ),
    ("amantadine", "oral"): (
        Dose("100 MG, BID", "100", "MG", "BID"), Dose("100MG TWICE PER DAY"), Dose("137 MG, HS", "137", "MG", "HS"),
        Dose("200 MG TID"), Dose(), Dose("UNK, UNK"),
    ),
    ("magnesium", "intravenous"): (
        Dose("4 G", "4", "G"), Dose("2 GRAMS"), Dose("6 G", "6", "G"), Dose("40 MEQ", "40", "MEQ"), Dose(),
    ),
}  # fmt: skip


def make_course(case_id: str, first_received: str, drugs: tuple[str, ...]) -> Course:
    """The course of a case: days where its number leaves 0 or 3 on division by 5, else one date by month or absent.

    first_received: YYYYMMDD, before which the event lies. drugs: watched drugs of its first line, or none.
    """
    number = int(case_id)
    received = datetime.strptime(first_received, "%Y%m%d")
    event = received - timedelta(days=10 + number % 37)
    lags = _RACEMIC_LAGS if "ketamine" in drugs else _OTHER_LAGS
    start = event - timedelta(days=lags[number // 5 % 10] if number % 41 else -3)
    days = (f"{start:%Y%m%d}", f"{event:%Y%m%d}")
    starts, events = {
        0: days,
        1: (days[0][:6], days[1]),
        2: ("", days[1]),
        3: days,
        4: (days[0], days[1][:6] if number // 5 % 3 else ""),
    }[number % 5]
    return Course(starts, events, _DECHALLENGES[number % 7], _RECHALLENGES[number % 9])


def make_dose(case_id: str, line: str, drugs: tuple[str, ...], route: str) -> Dose:
    """The dose of one drug line of a case, by its number, its first watched drug and its route; else blank."""
    listed = _DOSES.get((drugs[0], route)) if drugs else None
    return listed[(int(case_id) // 3 + int(line)) % len(listed)] if listed else Dose()
