"""The cases of the invented world, with their intended meaning, before any file is written."""

import random
from dataclasses import dataclass, field, replace

from pipeline.sample.terms import INDICATIONS, OTHER_TERMS, TERMS
from pipeline.sample.vocabulary import LEGACY_PERIODS, LOOK_ALIKES, OTHERS, ROUTES, WATCHED, Product, Route

LEGACY_CASE, MODERN_CASE, LEGACY_REPORT = 9_900_000, 99_000_000, 9_100_000
FUSED_REPORT = "7941354"  # the report of FDA's own fused memantine line, reused so that the repair is shown
SUSPECT_ROLES = ("PS", "SS", "I")


@dataclass(frozen=True)
class Drug:
    """One drug record. dose_text may hint at a route that the route field does not state."""

    product: Product
    role: str
    route: Route
    dose_text: str = ""
    dose_form: str = ""
    indication: str = "Product used for unknown indication"


@dataclass(frozen=True)
class Version:
    """One version of one case, as one quarter carries it. Dates are YYYYMMDD; reactions are preferred terms."""

    case_id: str
    number: int
    period: str
    received: str
    first_received: str
    drugs: tuple[Drug, ...]
    terms: tuple[str, ...]
    outcomes: tuple[str, ...]
    age: str = ""
    age_code: str = "YR"
    sex: str = ""
    country: str = "US"
    reporter: str = "MD"
    report_kind: str = "EXP"
    report_id: str = ""
    sender_number: str = ""  # the sender's own number of the case; blank: one that no other case has
    event_date: str = ""  # blank: as the course of the case says

    @property
    def is_legacy(self) -> bool:
        return self.period in LEGACY_PERIODS

    @property
    def primary_id(self) -> str:
        return self.report_id if self.is_legacy else f"{self.case_id}{self.number}"


@dataclass
class Reports:
    """Every version sent, the case numbers that each period's deletion list withdraws, and the duplicated cases."""

    versions: list[Version] = field(default_factory=list)
    deletions: dict[str, list[str]] = field(default_factory=dict)
    duplicated_cases: set[str] = field(default_factory=set)  # cases of a patient whom a later case reports again

    def select_period(self, period: str) -> list[Version]:
        return [version for version in self.versions if version.period == period]


class Author:
    """Draws invented cases from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - an invented world must be repeatable, not secret
        self.reports = Reports()
        self._numbers = {"case": 0, "report": 0}

    def draw_case_id(self, period: str) -> str:
        self._numbers["case"] += 1
        return str((LEGACY_CASE if period in LEGACY_PERIODS else MODERN_CASE) + 2_000 + self._numbers["case"])

    def add(self, version: Version) -> Version:
        """Keep a version; a legacy one without a report number gets the next one."""
        if version.is_legacy and not version.report_id:
            self._numbers["report"] += 1
            version = replace(version, report_id=str(LEGACY_REPORT + self._numbers["report"]))
        self.reports.versions.append(version)
        return version

    def draw_date(self, period: str) -> str:
        month = int(period[5]) * 3 - self.random.randrange(3)
        return f"{period[:4]}{month:02d}{self.random.randrange(1, 29):02d}"

    def draw_case(self, period: str) -> Version:
        """Draw the first version of a new case: its drugs, one to four reactions, perhaps outcomes."""
        draw = self.random
        received = self.draw_date(period)
        return Version(
            self.draw_case_id(period),
            1,
            period,
            received,
            received,
            self.draw_drugs(period),
            self.draw_terms(),
            self.draw_outcomes(),
            age=draw.choice(("", *(str(draw.randrange(3, 95)) for _ in range(6)))),
            sex=draw.choice(("M", "F", "F", "UNK", "")),
            country=draw.choice(("US", "US", "US", "GB", "DE", "FR", "JP", "CA", "NA")),
            reporter=draw.choice(("MD", "PH", "OT", "CN", "CN", "LW")),
            report_kind=draw.choice(("EXP", "EXP", "PER", "DIR")),
        )

    def draw_drugs(self, period: str) -> tuple[Drug, ...]:
        """Draw mostly a watch-list suspect; sometimes a concomitant or one not administered; sometimes neither."""
        draw, plan = self.random, self.random.random()
        sold = [product for product in WATCHED if product.since <= period]
        background = [self._draw_background("C") for _ in range(draw.randrange(0, 3))]
        if plan < 0.66:
            return (*self._draw_suspects(draw.choice(sold), sold), *background)
        first = self._draw_background("PS")
        if plan < 0.78:
            watched = draw.choice(sold)
            return (first, Drug(watched, "C", ROUTES[watched.routes[0]]), *background)
        if plan < 0.81 and period > "2017":
            return (first, Drug(draw.choice(sold), "DN", ROUTES[""]), *background)
        return (first, Drug(draw.choice(LOOK_ALIKES), draw.choice(("SS", "C")), ROUTES["Oral"]), *background)

    def _draw_suspects(self, product: Product, sold: list[Product]) -> list[Drug]:
        draw = self.random
        chosen = [
            Drug(
                product,
                draw.choice(("PS", "PS", "SS", "I")),
                self._draw_route(product),
                indication=draw.choice(INDICATIONS),
            )
        ]
        if draw.random() < 0.14:
            # The same drug by another route; sometimes only as a concomitant, which does not count.
            role = draw.choice(("SS", "SS", "C"))
            chosen.append(Drug(product, role, self._draw_route(product)))
        if draw.random() < 0.06:
            other = draw.choice([rival for rival in sold if rival.drugs != product.drugs])
            chosen.append(Drug(other, "SS", self._draw_route(other)))
        if chosen[0].route.standard == "unknown" and draw.random() < 0.3:
            chosen[0] = replace(chosen[0], dose_text="40 MG, IV DRIP", dose_form="INJECTION")
        if len(chosen) > 1:
            # A literal "Unknown" beside a named route has no expected reading: a blank instead.
            chosen = [replace(drug, route=ROUTES[""]) if drug.route.text == "Unknown" else drug for drug in chosen]
        return chosen

    def _draw_route(self, product: Product) -> Route:
        if "magnesium" not in product.drugs and self.random.random() < 0.22:
            return ROUTES[self.random.choice(("", "", "Unknown"))]
        return ROUTES[self.random.choice(product.routes)]

    def _draw_background(self, role: str) -> Drug:
        product = self.random.choice(OTHERS)
        return Drug(
            product, role, ROUTES[self.random.choice(product.routes)], indication=self.random.choice(INDICATIONS)
        )

    def draw_terms(self) -> tuple[str, ...]:
        draw = self.random
        grouped = draw.sample(list(TERMS), draw.choice((0, 1, 1, 2)))
        return (*grouped, *draw.sample(OTHER_TERMS, draw.choice((1, 1, 2))))

    def draw_outcomes(self) -> tuple[str, ...]:
        return self.random.choice(((), (), ("OT",), ("OT",), ("HO",), ("HO", "OT"), ("LT",), ("DE",), ("DS", "OT")))

    def draw_follow_up(self, earlier: Version, period: str, number: int) -> Version:
        """Draw a later version of a case: new reactions, perhaps other drugs, the same date of first receipt."""
        received = max(self.draw_date(period), earlier.received)
        drugs = self.draw_drugs(period) if self.random.random() < 0.4 else earlier.drugs
        return replace(
            earlier,
            number=number,
            period=period,
            received=received,
            drugs=drugs,
            terms=self.draw_terms(),
            outcomes=self.draw_outcomes(),
            report_id="",
        )
