"""Scripted cases of the invented world: ways in which versions, deletions or numbers go wrong in FAERS."""

from dataclasses import replace

from pipeline.sample.cases import FUSED_REPORT, LEGACY_CASE, MODERN_CASE, Author, Drug, Version
from pipeline.sample.vocabulary import DRIP, ROUTES, WATCHED, Product


def add_scripted_cases(author: Author) -> None:
    """Add every scripted case to the author's reports."""
    _add_ninth_and_tenth_version(author)
    _add_late_lower_version(author)
    _add_version_against_date(author)
    _add_colliding_primary_ids(author)
    _add_case_in_both_eras(author)
    _add_deletion_and_return(author)
    _add_fused_memantine(author)
    _add_duplicates(author)


def _find_product(name: str) -> Product:
    return next(product for product in WATCHED if product.name == name)


def _make_version(
    author: Author, case_id: int, number: int, period: str, route: str, *terms: str, name: str = "KETALAR"
) -> Version:
    received = author.draw_date(period)
    drug = Drug(_find_product(name), "PS", ROUTES[route], indication="Depression")
    return Version(str(case_id), number, period, received, received, (drug,), terms, ("OT",), age="44", sex="F")


def _add_ninth_and_tenth_version(author: Author) -> None:
    """Add versions 9 and 10 of a case: they must be ordered as numbers, not as text."""
    ninth = author.add(_make_version(author, MODERN_CASE + 777, 9, "2017Q2", "Oral", "Hallucination"))
    author.add(
        replace(
            ninth,
            number=10,
            period="2019Q1",
            received="20190211",
            drugs=(Drug(_find_product("KETALAR"), "PS", ROUTES[DRIP]),),
        )
    )
    tenth = author.add(_make_version(author, MODERN_CASE + 778, 10, "2017Q2", DRIP, "Paranoia"))
    author.add(replace(tenth, number=9, period="2019Q1", received="20190212", terms=("Nausea",)))


def _add_late_lower_version(author: Author) -> None:
    """Add a first version that arrives quarters after the third: it changes nothing."""
    third = author.add(
        _make_version(author, MODERN_CASE + 780, 3, "2019Q1", "Nasal", "Dissociation", name="SPRAVATO")
    )
    author.add(replace(third, number=1, period="2024Q1", received="20240115", terms=("Vomiting",)))


def _add_version_against_date(author: Author) -> None:
    """Add a higher version with an earlier date: the version decides."""
    second = author.add(_make_version(author, MODERN_CASE + 781, 2, "2019Q1", DRIP, "Delirium"))
    author.add(
        replace(second, number=3, received="20190102", first_received="20190102", terms=("Confusional state",))
    )


def _add_colliding_primary_ids(author: Author) -> None:
    """Add two cases that share a primaryid (9901891 version 12, 99018911 version 2): children join on case id too."""
    author.add(_make_version(author, LEGACY_CASE + 1891, 12, "2017Q2", DRIP, "Hallucination, visual"))
    author.add(_make_version(author, MODERN_CASE + 18911, 2, "2017Q2", "Oral", "Nausea", name="NAMENDA"))


def _add_case_in_both_eras(author: Author) -> None:
    """Add cases of both eras; a third of them have a leading zero in their legacy case number."""
    for offset in range(12):
        old = _make_version(author, LEGACY_CASE + 40 + offset, 3, "2011Q4", DRIP, "Hallucination", "Vomiting")
        case_id = f"0{old.case_id}" if offset % 3 == 0 else old.case_id
        author.add(replace(old, case_id=case_id))
        author.add(replace(old, number=1, period="2012Q4", received="20121030", terms=("Disorientation", "Vomiting")))


def _add_deletion_and_return(author: Author) -> None:
    """Add cases withdrawn for good, withdrawn and returned, withdrawn in their own quarter, and never sent."""
    for offset in range(8):
        author.add(_make_version(author, MODERN_CASE + 800 + offset, 1, "2017Q2", DRIP, "Paranoia"))
    deleted = [str(MODERN_CASE + 800 + offset) for offset in range(6)]
    author.add(_make_version(author, MODERN_CASE + 803, 2, "2019Q1", DRIP, "Nausea"))
    author.add(_make_version(author, MODERN_CASE + 804, 2, "2024Q1", "Intramuscular", "Hallucination"))
    author.add(_make_version(author, MODERN_CASE + 805, 1, "2024Q1", "Subcutaneous", "Confusional state"))
    author.reports.deletions = {
        "2019Q1": [*deleted, str(MODERN_CASE + 1_999)],
        "2024Q1": [str(MODERN_CASE + 806), str(LEGACY_CASE + 51)],
    }


def _add_fused_memantine(author: Author) -> None:
    """Add FDA's own broken line: a memantine record that begins at the end of the record before it."""
    fused = _make_version(author, LEGACY_CASE + 60, 1, "2011Q4", "Oral", "Hallucination", name="NAMENDA")
    memantine = Product("MEMANTINE HYDROCHLORIDE", "MEMANTINE HYDROCHLORIDE", ("memantine",), ("Oral",))
    drug = Drug(memantine, "SS", ROUTES["Oral"])
    author.add(replace(fused, report_id=FUSED_REPORT, drugs=(drug,)))


def _add_duplicates(author: Author) -> None:
    """Add a person in two cases, linked by the sender's number or by all facts, and similar cases of two persons."""
    first = _make_version(author, MODERN_CASE + 820, 1, "2017Q2", DRIP, "Hallucination")
    author.add(replace(first, sender_number="INVENTED-TWICE-1"))
    later = replace(first, period="2019Q1", received="20190214", first_received="20190214", terms=("Nausea",))
    author.add(replace(later, case_id=str(MODERN_CASE + 821), sender_number="INVENTED-TWICE-1"))
    same_facts = replace(first, case_id=str(MODERN_CASE + 822), event_date="20170309", terms=("Paranoia", "Vomiting"))
    author.add(same_facts)
    author.add(replace(same_facts, case_id=str(MODERN_CASE + 823), terms=("Vomiting", "Paranoia")))
    author.reports.duplicated_cases = {first.case_id, same_facts.case_id}
    author.add(replace(same_facts, case_id=str(MODERN_CASE + 824), event_date="20170310"))
    for offset, sex in ((825, "F"), (826, "M")):
        author.add(replace(first, case_id=str(MODERN_CASE + offset), sex=sex, sender_number="INVENTED-TWICE-2"))
