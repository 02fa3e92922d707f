"""The set pieces of the invented world: each is a way in which versions, deletions or numbers go wrong for real."""

from dataclasses import replace

from pipeline.sample.cases import FUSED_REPORT, LEGACY_CASE, MODERN_CASE, Author, Drug, Version
from pipeline.sample.vocabulary import DRIP, ROUTES, WATCHED, Product


def add_episodes(author: Author) -> None:
    """Add every set piece to the author's reports."""
    _ninth_and_tenth_version(author)
    _late_lower_version(author)
    _version_against_date(author)
    _colliding_primary_ids(author)
    _both_eras(author)
    _deletion_and_return(author)
    _fused_memantine(author)
    _told_twice(author)


def _product(name: str) -> Product:
    return next(product for product in WATCHED if product.name == name)


def _version(
    author: Author, case_id: int, number: int, period: str, route: str, *terms: str, name: str = "KETALAR"
) -> Version:
    received = author.date_in(period)
    drug = Drug(_product(name), "PS", ROUTES[route], indication="Depression")
    return Version(str(case_id), number, period, received, received, (drug,), terms, ("OT",), age="44", sex="F")


def _ninth_and_tenth_version(author: Author) -> None:
    """Version 10 follows version 9 as a number, not as text."""
    ninth = author.add(_version(author, MODERN_CASE + 777, 9, "2017Q2", "Oral", "Hallucination"))
    author.add(
        replace(
            ninth,
            number=10,
            period="2019Q1",
            received="20190211",
            drugs=(Drug(_product("KETALAR"), "PS", ROUTES[DRIP]),),
        )
    )
    tenth = author.add(_version(author, MODERN_CASE + 778, 10, "2017Q2", DRIP, "Paranoia"))
    author.add(replace(tenth, number=9, period="2019Q1", received="20190212", terms=("Nausea",)))


def _late_lower_version(author: Author) -> None:
    """A first version that arrives quarters after the third changes nothing."""
    third = author.add(_version(author, MODERN_CASE + 780, 3, "2019Q1", "Nasal", "Dissociation", name="SPRAVATO"))
    author.add(replace(third, number=1, period="2024Q1", received="20240115", terms=("Vomiting",)))


def _version_against_date(author: Author) -> None:
    """The higher version carries the earlier date: the version decides."""
    second = author.add(_version(author, MODERN_CASE + 781, 2, "2019Q1", DRIP, "Delirium"))
    author.add(
        replace(second, number=3, received="20190102", first_received="20190102", terms=("Confusional state",))
    )


def _colliding_primary_ids(author: Author) -> None:
    """Case 9901891 version 12 and case 99018911 version 2 share a primaryid; children belong by case id too."""
    author.add(_version(author, LEGACY_CASE + 1891, 12, "2017Q2", DRIP, "Hallucination, visual"))
    author.add(_version(author, MODERN_CASE + 18911, 2, "2017Q2", "Oral", "Nausea", name="NAMENDA"))


def _both_eras(author: Author) -> None:
    """A case known before 2012 by its number with a leading zero, and since by the number alone."""
    for offset in range(12):
        old = _version(author, LEGACY_CASE + 40 + offset, 3, "2011Q4", DRIP, "Hallucination", "Vomiting")
        case_id = f"0{old.case_id}" if offset % 3 == 0 else old.case_id
        author.add(replace(old, case_id=case_id))
        author.add(replace(old, number=1, period="2012Q4", received="20121030", terms=("Disorientation", "Vomiting")))


def _deletion_and_return(author: Author) -> None:
    """Withdrawn for good; withdrawn and returned; withdrawn in its own quarter; withdrawn though never sent."""
    for offset in range(8):
        author.add(_version(author, MODERN_CASE + 800 + offset, 1, "2017Q2", DRIP, "Paranoia"))
    gone = [str(MODERN_CASE + 800 + offset) for offset in range(6)]
    author.add(_version(author, MODERN_CASE + 803, 2, "2019Q1", DRIP, "Nausea"))
    author.add(_version(author, MODERN_CASE + 804, 2, "2024Q1", "Intramuscular", "Hallucination"))
    author.add(_version(author, MODERN_CASE + 805, 1, "2024Q1", "Subcutaneous", "Confusional state"))
    author.reports.deletions = {
        "2019Q1": [*gone, str(MODERN_CASE + 1_999)],
        "2024Q1": [str(MODERN_CASE + 806), str(LEGACY_CASE + 51)],
    }


def _fused_memantine(author: Author) -> None:
    """FDA's own broken line: a memantine record that begins at the end of the record before it."""
    fused = _version(author, LEGACY_CASE + 60, 1, "2011Q4", "Oral", "Hallucination", name="NAMENDA")
    memantine = Product("MEMANTINE HYDROCHLORIDE", "MEMANTINE HYDROCHLORIDE", ("memantine",), ("Oral",))
    drug = Drug(memantine, "SS", ROUTES["Oral"])
    author.add(replace(fused, report_id=FUSED_REPORT, drugs=(drug,)))


def _told_twice(author: Author) -> None:
    """One person in two cases, by the sender's number or by every fact; beside them two who only seem to be one."""
    first = _version(author, MODERN_CASE + 820, 1, "2017Q2", DRIP, "Hallucination")
    author.add(replace(first, sender_number="INVENTED-TWICE-1"))
    later = replace(first, period="2019Q1", received="20190214", first_received="20190214", terms=("Nausea",))
    author.add(replace(later, case_id=str(MODERN_CASE + 821), sender_number="INVENTED-TWICE-1"))
    told = replace(first, case_id=str(MODERN_CASE + 822), event_date="20170309", terms=("Paranoia", "Vomiting"))
    author.add(told)
    author.add(replace(told, case_id=str(MODERN_CASE + 823), terms=("Vomiting", "Paranoia")))
    author.reports.told_again = {first.case_id, told.case_id}
    author.add(replace(told, case_id=str(MODERN_CASE + 824), event_date="20170310"))
    for offset, sex in ((825, "F"), (826, "M")):
        author.add(replace(first, case_id=str(MODERN_CASE + offset), sex=sex, sender_number="INVENTED-TWICE-2"))
