"""Which counts are hidden, so that no hidden one follows from those that are shown.

Hidden first are the counts of 1 to 4 (contract rule 10). A hidden count is safe when a second table exists that
agrees with everything shown and with every relation, and in which that count is another. Such a table is looked for
by moving the count by one, and by moving other hidden counts by one where a relation then needs it. Where none is
found, the smallest shown count of the relations that hold the hidden one in place is hidden as well (complementary
suppression), and it is looked for again. Zeros are never hidden, so that a reader knows a hidden count to be at
least 1: no other table may have a 0 there.

Where each case has one route, or one of two reactions, a total is the sum of its parts. Most readers will take it so,
although a case may have two. So no sum has one hidden count alone: the smallest other count of it is hidden as well.
"""

from pipeline.exports.relations import Count, Counts

SMALLEST, LARGEST = 1, 4
MAX_STEPS = 2_000  # moves tried for one count before another one is hidden
MAX_MOVED = 100  # counts moved together; a case counts in about thirty


def choose_hidden(counts: Counts) -> tuple[set[Count], set[Count]]:
    """The counts to hide, and those of them that stay derivable although nothing more can be hidden around them."""
    hidden = {count for count, value in counts.values.items() if SMALLEST <= value <= LARGEST}
    waiting = sorted(hidden)
    safe: set[Count] = set()
    unsafe: set[Count] = set()
    while waiting:
        count = waiting.pop()
        while count not in safe:
            # Hiding more keeps a second table valid, and every count that it changes is safe by it.
            moved, blocking = find_second_table(counts, hidden, count)
            safe |= moved
            partner = None if moved else _choose_partner(counts, hidden, count, blocking)
            if partner is None:
                break
            hidden.add(partner)
            waiting.append(partner)
        unsafe |= {count} - safe
        if not waiting:
            waiting = sorted(_pair_alone(counts, hidden))
            hidden |= set(waiting)
    return hidden, unsafe - safe


def _pair_alone(counts: Counts, hidden: set[Count]) -> set[Count]:
    """A partner for each hidden count that is alone in a sum, as total less parts would give it to most readers."""
    found: set[Count] = set()
    for terms in counts.relations:
        if len(terms) > 2 and sum(count in hidden or count in found for count, _ in terms) == 1:
            shown = [count for count, _ in terms if count not in hidden and counts.values[count] > 0]
            found |= {min(shown, key=lambda each: (counts.values[each], each))} if shown else set()
    return found


def find_second_table(counts: Counts, hidden: set[Count], count: Count) -> tuple[set[Count], set[int]]:
    """The counts that another table changes which agrees with everything shown, `count` among them; none where none
    is found. And the relations in which only what is shown stood in the way."""
    blocking: set[int] = set()
    for step in (1, -1):
        search = _Search(counts, hidden, first=step)
        if search.move(count, step):
            return set(search.moved), set()
        blocking |= search.blocking
    return set(), blocking


class _Search:
    """A search for a second table, in a limited number of steps."""

    def __init__(self, counts: Counts, hidden: set[Count], first: int) -> None:
        self._counts, self._hidden, self._first, self._steps = counts, hidden, first, 0
        self._change: dict[int, int] = {}  # of the sum of each relation
        self.moved: dict[Count, int] = {}
        self.blocking: set[int] = set()

    def move(self, count: Count, step: int) -> bool:
        """Move a count and whatever a relation then needs; False, with nothing moved, where no table is found."""
        self._steps += 1
        if self._steps > MAX_STEPS or len(self.moved) >= MAX_MOVED or self._counts.values[count] + step < SMALLEST:
            return False
        self._set(count, step)
        if self._mend():
            return True
        del self.moved[count]
        self._shift(count, -step)
        return False

    def _mend(self) -> bool:
        broken = next((place for place, change in self._change.items() if change > self._counts.slack[place]), None)
        if broken is None:
            return True
        # A relation is a sum that must not be above 0: what has weight 1 must fall, or what has weight -1 must rise.
        options = [
            (count, -weight)
            for count, weight in self._counts.relations[broken]
            if count in self._hidden and count not in self.moved
        ]
        if not options:
            self.blocking.add(broken)
        # Whole cases are added or taken away first: then everything they count in moves the same way.
        options.sort(key=lambda option: option[1] != self._first)
        return any(self.move(count, step) for count, step in options)

    def _set(self, count: Count, step: int) -> None:
        self.moved[count] = step
        self._shift(count, step)

    def _shift(self, count: Count, step: int) -> None:
        for place, weight in self._counts.of[count]:
            self._change[place] = self._change.get(place, 0) + weight * step


def _choose_partner(counts: Counts, hidden: set[Count], count: Count, blocking: set[int]) -> Count | None:
    """The smallest shown count above 0 of the relations that stand in the way, else of those that a count is in."""
    for places in (blocking, [place for place, _ in counts.of[count]]):
        around = {each for place in places for each, _ in counts.relations[place]}
        shown = [each for each in around if each not in hidden and counts.values[each] > 0]
        if shown:
            return min(shown, key=lambda each: (counts.values[each], each))
    return None
