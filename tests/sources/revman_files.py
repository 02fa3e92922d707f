"""An invented RevMan 5 file: two comparisons share an arm; an outcome by subgroup, and one of no adverse event."""

DATA = '<DICH_DATA STUDY_ID="{}" EVENTS_1="{}" TOTAL_1="{}" EVENTS_2="{}" TOTAL_2="{}"/>'


def write_outcome(number: int, name: str, labels: tuple[str, str], inside: str) -> str:
    return (
        f'<DICH_OUTCOME NO="{number}"><NAME>{name}</NAME><GROUP_LABEL_1>{labels[0]}</GROUP_LABEL_1>'
        f"<GROUP_LABEL_2>{labels[1]}</GROUP_LABEL_2>{inside}</DICH_OUTCOME>"
    )


def write_review(*comparisons: str) -> str:
    studies = "".join(f'<STUDY ID="STD-{name}" NAME="{name} 2019" YEAR="2019"/>' for name in ("Alpha", "Beta"))
    listed = "".join(
        f'<COMPARISON NO="{number}"><NAME>Comparison {number}</NAME>{inside}</COMPARISON>'
        for number, inside in enumerate(comparisons, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><COCHRANE_REVIEW><STUDIES_AND_REFERENCES><STUDIES>'
        f"<INCLUDED_STUDIES>{studies}</INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES>"
        f"<ANALYSES_AND_DATA>{listed}</ANALYSES_AND_DATA></COCHRANE_REVIEW>"
    )


def subgroup(name: str, *lines: tuple[str, int, int, int, int]) -> str:
    return f"<DICH_SUBGROUP><NAME>{name}</NAME>{''.join(DATA.format(*line) for line in lines)}</DICH_SUBGROUP>"


INVENTED = write_review(
    write_outcome(
        1, "Nausea", ("Ketamine", "Placebo"),
        subgroup("Neuropathic pain", ("STD-Alpha", 9, 40, 3, 41)) + subgroup("Other", ("STD-Beta", 4, 20, 1, 21)),
    )
    + write_outcome(2, "Pain relief", ("Ketamine", "Placebo"), DATA.format("STD-Alpha", 20, 40, 10, 41)),
    write_outcome(1, "Nausea", ("Ketamine", "Midazolam"), DATA.format("STD-Alpha", 9, 40, 5, 39)),
)  # fmt: skip
