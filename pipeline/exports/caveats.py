"""What must be said wherever a number is shown, by what the number was counted from."""

from collections.abc import Iterable

REPORTS = (
    "These are reports, not rates. A report does not show that the drug caused the reaction. Reports may be "
    "duplicated or incomplete, and what is reported changes with publicity, indication and route. The number of "
    "people treated is not known, so neither a risk nor a comparison of the safety of drugs or routes follows from "
    "these counts."
)
DISPROPORTIONALITY = (
    "A flag shows disproportionate reporting: a reason to read the cases. It is a signal in the sense of GVP IX only "
    "when a person has validated it."
)
TRIALS = (
    "Participants affected among participants at risk in trials; never added to reports. A registry lists other "
    "events only above a threshold: below it a count is a range, and absent is not zero. Certainty is "
    "machine-assisted and not GRADE."
)
GENERAL = "Not medical advice. Values are those of one snapshot; later snapshots may differ."
INVENTED = "INVENTED DATA: everything in this file is made up for demonstration. Nothing may be concluded from it."
SUPPRESSED = (
    "Small counts are suppressed: an empty count beside its name in suppressed_columns is not zero and not missing."
)

_OF_TRIALS = ("observed", "trial", "evidence_gap", "pain_outcome", "finding", "study", "arms_behind")
_OF_BOTH = ("route_contrast", "attrition")
_OF_SIGNALS = ("signal", "route_contrast")


def list_caveats(tables: Iterable[str], *, is_synthetic: bool) -> list[str]:
    """The caveats of what was read, the most important first. tables: names with or without schema.

    Where no table is known, or a view of the schema `answer` joins both wings, all of them are said.
    """
    read = list(tables)
    is_mixed = any(table.startswith("answer.") for table in read)
    names = [] if is_mixed else [table.rpartition(".")[2] for table in read]
    has_trials = not names or any(name.startswith(_OF_TRIALS + _OF_BOTH) for name in names)
    has_reports = not names or any(not name.startswith(_OF_TRIALS) for name in names)
    has_signals = not names or any(name.startswith(_OF_SIGNALS) for name in names)
    said = [
        (is_synthetic, INVENTED),
        (has_reports, REPORTS),
        (has_reports and has_signals, DISPROPORTIONALITY),
        (has_trials, TRIALS),
        (True, GENERAL),
    ]
    return [text for is_said, text in said if is_said]
