"""Which parts of a split are hidden: quarters of `reported_by_drug_route_quarter`, groups of `reported_by_patient`.

The parts of a split add up to the published count. A family is every drug, reaction and definition that share a
relation (`relations`), in the routes any, intravenous and not_intravenous. A part is hidden for the whole family at
once where one of its counts is 1 to 4; then further parts, the smallest first, until at least two are hidden and
what is hidden of each count is nothing or more than 4. No hidden count follows from what is shown: every case of
the family may have been in any one of the hidden parts, and no sum, roll-up or bound would differ. The other
columns and routes of a split are left out, as they would tie its counts to others.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipeline.exports.hiding import LARGEST, SMALLEST
from pipeline.exports.relations import ANY, CASES, INTRAVENOUS, NOT_INTRAVENOUS, Count, Rollups

ROUTES = (ANY, INTRAVENOUS, NOT_INTRAVENOUS)

Family = tuple[str, str, str]
"""source, root of the drug, root of the reaction."""
Part = tuple[str, ...]
Member = tuple[str, ...]
"""source, drug, route, reaction, definition."""


@dataclass(frozen=True)
class HiddenParts:
    """withheld: families of which no part is shown. parts: of each other family, the parts that are hidden."""

    withheld: frozenset[Family]
    parts: Mapping[Family, frozenset[Part]]

    def hides(self, member: Member, part: Part, rollups: Rollups) -> bool:
        """Whether the count of a part is hidden."""
        family = find_family(member, rollups)
        return family in self.withheld or part in self.parts.get(family, frozenset())


def find_family(member: Member, rollups: Rollups) -> Family:
    """The family of a count."""
    source, drug, _, reaction, _ = member
    whole = next((name for name, parts in rollups.reactions.items() if reaction in parts), reaction)
    return (source, rollups.find_root(drug), whole)


def choose_parts(
    splits: Mapping[tuple[Member, Part], int],
    hidden: Collection[Count],
    left_out: Collection[tuple[str, str]],
    rollups: Rollups,
) -> HiddenParts:
    """The parts to hide. splits: cases by member and part, in ROUTES. hidden: what is hidden of the totals. left_out:
    sources and roots of drugs whose totals are left out."""
    withheld = {find_family(count[1:], rollups) for count in hidden if count[0] == CASES and count[3] in ROUTES}
    withheld |= {family for member, _ in splits if (family := find_family(member, rollups))[:2] in left_out}
    of_family: dict[Family, dict[Part, dict[Member, int]]] = defaultdict(lambda: defaultdict(dict))
    for (member, part), number in splits.items():
        of_family[find_family(member, rollups)][part][member] = number
    return HiddenParts(
        frozenset(withheld),
        {family: _choose_of_family(parts) for family, parts in of_family.items() if family not in withheld},
    )


def _choose_of_family(parts: Mapping[Part, Mapping[Member, int]]) -> frozenset[Part]:
    hidden = {
        part for part, numbers in parts.items() if any(SMALLEST <= each <= LARGEST for each in numbers.values())
    }
    if not hidden:
        return frozenset()
    shown = sorted((sum(numbers.values()), part) for part, numbers in parts.items() if part not in hidden)
    totals: dict[Member, int] = defaultdict(int)
    for part in hidden:
        _add(totals, parts[part])
    # A part without a case hides nothing, but for the second part that there must be.
    for number, part in shown:
        if len(hidden) >= 2 and not any(SMALLEST <= total <= LARGEST for total in totals.values()):
            break
        if number:
            hidden.add(part)
            _add(totals, parts[part])
    return frozenset(hidden)


def _add(totals: dict[Member, int], numbers: Mapping[Member, int]) -> None:
    for member, number in numbers.items():
        totals[member] += number
