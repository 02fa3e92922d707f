"""What a reader can derive from suppressed tables: bounds of each hidden count by linear programming.

The relations are stated here anew, by what a case is, and not read from `pipeline/exports/relations.py`.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from math import ceil, floor, inf

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

TINY = 1e-6
LARGE = 1_000  # more than any count of these worlds
NAMED = ("intravenous", "oral", "intranasal", "unknown")
MEASURES = ("case_count", "serious_case_count", "fatal_case_count", "case_count_deduplicated")


@dataclass
class Reader:
    """Known numbers, hidden numbers with what is known to be their least, and sums that are at most 0 or equal 0."""

    known: dict[Hashable, float] = field(default_factory=dict)
    hidden: dict[Hashable, int] = field(default_factory=dict)
    at_most: list[dict[Hashable, int]] = field(default_factory=list)
    equal: list[dict[Hashable, int]] = field(default_factory=list)

    def find_derivable(self) -> list[Hashable]:
        """The hidden numbers for which only one whole number is possible."""
        places = {name: place for place, name in enumerate(self.hidden)}
        if not places:
            return []
        below, limits = self._build(self.at_most, places)
        same, values = self._build(self.equal, places)
        bounds = [(least, LARGE) for least in self.hidden.values()]
        lowest, highest = np.full(len(places), inf), np.full(len(places), -inf)
        for place in places.values():
            for sign in (1, -1):
                if is_open(lowest[place], highest[place]):
                    break
                cost = np.zeros(len(places))
                cost[place] = sign
                answer = linprog(cost, below, limits, same, values, bounds, method="highs")
                assert answer.status == 0, answer.message
                # What other numbers are in this solution is possible for them too.
                lowest, highest = np.minimum(lowest, answer.x), np.maximum(highest, answer.x)
        return [name for name, place in places.items() if not is_open(lowest[place], highest[place])]

    def _build(self, sums: list[dict[Hashable, int]], places: dict[Hashable, int]):
        rows, columns, weights, right = [], [], [], []
        for terms in sums:
            unknown = {name: weight for name, weight in terms.items() if name in places}
            if not unknown:
                continue
            for name, weight in unknown.items():
                rows.append(len(right))
                columns.append(places[name])
                weights.append(weight)
            right.append(
                -sum(weight * self.known.get(name, 0) for name, weight in terms.items() if name not in places)
            )
        if not right:
            return None, None
        return coo_matrix((weights, (rows, columns)), shape=(len(right), len(places))).tocsr(), np.array(right)


def is_open(low: float, high: float) -> bool:
    """Whether two whole numbers lie between two bounds."""
    return high > -inf and floor(high + TINY) > ceil(low - TINY)


def relate(reader: Reader, drugs: set[str], place: tuple[str, ...] = ()) -> None:
    """What every reader knows of the counts of one place (a quarter, a group of patients, or all)."""
    reactions, definitions = ("nausea", "vomiting", "nausea_or_vomiting", "confusion"), ("narrow", "broad")

    def within(small: tuple, large: tuple) -> None:
        reader.at_most.append({small: 1, large: -1})

    kinds = [
        (measure, reaction, definition)
        for measure in MEASURES
        for reaction in reactions
        for definition in definitions
    ]
    for drug in drugs:
        for route in (*NAMED, "any", "not_intravenous"):
            for reaction in reactions:
                for definition in definitions:
                    cell = (drug, route, reaction, definition, *place)
                    within(("serious_case_count", *cell), ("case_count", *cell))
                    within(("fatal_case_count", *cell), ("serious_case_count", *cell))
                    within(("case_count_deduplicated", *cell), ("case_count", *cell))
                    within(("case_count", *cell), ("exposed", drug, route, *place))
            for measure in MEASURES:
                for reaction in reactions:
                    within(
                        (measure, drug, route, reaction, "narrow", *place),
                        (measure, drug, route, reaction, "broad", *place),
                    )
                for definition in definitions:
                    parts = [(measure, drug, route, part, definition, *place) for part in ("nausea", "vomiting")]
                    whole = (measure, drug, route, "nausea_or_vomiting", definition, *place)
                    for part in parts:
                        within(part, whole)
                    reader.at_most.append({whole: 1, **dict.fromkeys(parts, -1)})
        for measure, *rest in [*kinds, ("exposed",)]:
            at = {route: (measure, drug, route, *rest, *place) for route in (*NAMED, "any", "not_intravenous")}
            for route in (*NAMED, "not_intravenous"):
                within(at[route], at["any"])
            reader.at_most.append({at["any"]: 1, **{at[route]: -1 for route in NAMED}})
            reader.at_most.append({at["not_intravenous"]: 1, at["oral"]: -1, at["intranasal"]: -1})
            reader.at_most.append({at["intravenous"]: 1, at["not_intravenous"]: 1, at["unknown"]: 1, at["any"]: -1})
    for measure, *rest in [*kinds, ("exposed",)]:
        for route in ("intravenous", "oral", "intranasal", "any"):
            whole = (measure, "ketamine_any", route, *rest, *place)
            parts = [(measure, drug, route, *rest, *place) for drug in ("ketamine", "esketamine")]
            for part in parts:
                within(part, whole)
            reader.at_most.append({whole: 1, **dict.fromkeys(parts, -1)})
            within((measure, "magnesium_oral", route, *rest, *place), (measure, "magnesium", route, *rest, *place))
