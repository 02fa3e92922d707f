"""Which sums and bounds connect the published counts of reports, as a reader with pencil and paper knows them.

A count is one number of `summary.reported_by_drug_route`: a measure of a cell, or the number of cases of a drug by a
route (which every row of that drug and route repeats). A relation is a weighted sum of counts that is never above 0:

- narrow terms within broad; fatal within serious within all cases; deduplicated within all; all within the cases of
  that drug by that route;
- a route within `any`; `any` at most the sum of the single routes, as each of its cases has one of them;
  `not_intravenous` at most the sum of the routes it may hold; `intravenous`, `not_intravenous` and `unknown` share no
  case, so together they are within `any`;
- each part of a roll-up (nausea, vomiting; ketamine, esketamine; subclasses of magnesium) within it, and a
  roll-up of named parts at most their sum. A roll-up of drugs has no such relation in the routes `not_intravenous`
  and `unknown`, which depend on every record of the drug (`sql/verify/reports/rollup_is_the_union.sql`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

CASES, SERIOUS, FATAL, DEDUPLICATED, EXPOSED = (
    "case_count",
    "serious_case_count",
    "fatal_case_count",
    "case_count_deduplicated",
    "drug_route_case_count",
)
MEASURES = (CASES, SERIOUS, FATAL, DEDUPLICATED)
WITHIN = ((SERIOUS, CASES), (FATAL, SERIOUS), (DEDUPLICATED, CASES))
ANY, INTRAVENOUS, NOT_INTRAVENOUS, UNKNOWN = "any", "intravenous", "not_intravenous", "unknown"
ROLLED_ROUTES = (ANY, NOT_INTRAVENOUS)
NEVER_NOT_INTRAVENOUS = (INTRAVENOUS, "parenteral_unspecified", UNKNOWN)

Count = tuple[str, ...]
"""measure, source, drug, route, reaction, definition; of the cases exposed the first four."""
Relation = tuple[tuple[Count, int], ...]


@dataclass(frozen=True)
class Rollups:
    """Which words hold which. covered: whether each case of the roll-up is in a named part."""

    reactions: Mapping[str, Sequence[str]]
    drugs: Mapping[str, Sequence[str]]
    covered_drugs: frozenset[str]

    def find_root(self, drug: str) -> str:
        """The roll-up that holds a drug, or the drug itself: counts of different roots share no relation."""
        return next((whole for whole, parts in self.drugs.items() if drug in parts), drug)


@dataclass
class Counts:
    """The counts of one table and what connects them.

    of: by count, the relations that it is in, each with its weight there. slack: by relation, how far it is below 0.
    """

    values: dict[Count, int]
    relations: list[Relation] = field(default_factory=list)
    of: dict[Count, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    slack: list[int] = field(default_factory=list)

    def add(self, terms: Sequence[tuple[Count, int]]) -> None:
        """Add a relation. A count that the table lacks is 0: it says nothing and cannot be hidden."""
        known = tuple((count, weight) for count, weight in terms if count in self.values)
        if len(known) > 1:
            for count, weight in known:
                self.of[count].append((len(self.relations), weight))
            self.relations.append(known)
            self.slack.append(-sum(weight * self.values[count] for count, weight in known))


def read_counts(cells: Mapping[tuple[str, ...], Mapping[str, int]], rollups: Rollups) -> Counts:
    """The counts of cells with their relations. cells: by source, drug, route, reaction, definition."""
    values: dict[Count, int] = {}
    for cell, numbers in cells.items():
        values |= {(measure, *cell): numbers[measure] for measure in MEASURES if numbers.get(measure) is not None}
        values[(EXPOSED, *cell[:3])] = numbers[EXPOSED]
    counts = Counts(values)
    for terms in _list_relations(cells, rollups):
        counts.add(terms)
    return counts


def _list_relations(
    cells: Mapping[tuple[str, ...], Mapping[str, int]], rollups: Rollups
) -> Iterator[Sequence[tuple[Count, int]]]:
    for cell in cells:
        source, drug, route, reaction, definition = cell
        yield from ([((small, *cell), 1), ((large, *cell), -1)] for small, large in WITHIN)
        yield [((CASES, *cell), 1), ((EXPOSED, source, drug, route), -1)]
        if definition == "narrow":
            yield from ([((each, *cell), 1), ((each, *cell[:4], "broad"), -1)] for each in MEASURES)
        parts = rollups.reactions.get(reaction, ())
        rolled = [(measure, source, drug, route, part, definition) for part in parts for measure in MEASURES]
        yield from ([(part, 1), ((part[0], *cell), -1)] for part in rolled)
        if parts:
            for measure in MEASURES:
                yield [((measure, *cell), 1), *((part, -1) for part in rolled if part[0] == measure)]
    wholes = {(measure, cell[0], cell[1], *cell[3:]) for cell in cells for measure in MEASURES}
    wholes |= {(EXPOSED, cell[0], cell[1]) for cell in cells}
    routes = sorted({cell[2] for cell in cells})
    for whole in sorted(wholes):
        yield from _relate_routes(whole, routes)
        yield from _relate_drugs(whole, routes, rollups)


def _at(whole: tuple[str, ...], route: str, drug: str = "") -> Count:
    measure, source, own, *rest = whole
    return (measure, source, drug or own, route, *rest)


def _relate_routes(whole: tuple[str, ...], routes: Sequence[str]) -> Iterator[Sequence[tuple[Count, int]]]:
    singles = [route for route in routes if route not in ROLLED_ROUTES]
    everything = _at(whole, ANY)
    yield from ([(_at(whole, route), 1), (everything, -1)] for route in routes if route != ANY)
    yield [(everything, 1), *((_at(whole, route), -1) for route in singles)]
    held = [route for route in singles if route not in NEVER_NOT_INTRAVENOUS]
    yield [(_at(whole, NOT_INTRAVENOUS), 1), *((_at(whole, route), -1) for route in held)]
    yield [*((_at(whole, each), 1) for each in (INTRAVENOUS, NOT_INTRAVENOUS, UNKNOWN)), (everything, -1)]


def _relate_drugs(
    whole: tuple[str, ...], routes: Sequence[str], rollups: Rollups
) -> Iterator[Sequence[tuple[Count, int]]]:
    parts = rollups.drugs.get(whole[2], ())
    for route in routes if parts else ():
        if route in (NOT_INTRAVENOUS, UNKNOWN):
            continue
        yield from ([(_at(whole, route, part), 1), (_at(whole, route), -1)] for part in parts)
        if whole[2] in rollups.covered_drugs:
            yield [(_at(whole, route), 1), *((_at(whole, route, part), -1) for part in parts)]
