"""What a person does about a rule that failed: who acts, what usually causes it, and the next step.

The message, the quality page and the runbook say the same, as all three read it here. It follows from the kind of
the rule and from whether its table says what was received, what was computed from it, or whether both agree.
"""

from dataclasses import dataclass

from pipeline.quality.overrides import OVERRIDABLE_KINDS

ENGINEER = "data engineer on call"
REVIEWER = "drug-safety reviewer"
DELIVERY_TABLES = ("meta.delivery", "meta.delivery_table")


@dataclass(frozen=True)
class Guidance:
    """who: the role that acts. causes: what usually is behind it. todo: what to do, in order."""

    who: str
    causes: str
    todo: str


ERROR = Guidance(
    ENGINEER,
    "a table or column is gone, the SELECT or the rule has a mistake, or the machine ran out of memory or disk",
    "read what the judge says, correct the SELECT or the rule, then judge again; an error is never overridden",
)
DELIVERY = {
    "drift": Guidance(
        ENGINEER,
        "the agency's file was truncated or replaced by a smaller one, or a quarter came in part or twice",
        "compare the file with the agency's page. If it is damaged, put the right file into the inbox and run again. "
        "If the agency says that it is right, override the rule",
    ),
    "volume": Guidance(
        ENGINEER,
        "the receipts of deliveries are not where they were, or the folder of the home is another",
        "see that NIGHTVIGIL_HOME is the right folder and that `raw/` is complete; restore it from a backup if not",
    ),
    "plausibility": Guidance(
        ENGINEER,
        "one file was delivered under two names, or a table of the archive belongs to another quarter",
        "compare the file with the agency's page, put the right file into the inbox and run again",
    ),
    "completeness": Guidance(
        ENGINEER,
        "a line was lost while a file was split or staged, which is a defect of the reader, or a quarter was never "
        "received",
        "compare the counts of `meta.delivery_table` with the file; get the missing quarter, or correct the reader",
    ),
    "quarantine": Guidance(
        ENGINEER,
        "the agency changed the layout of a file, or an archive was damaged on its way",
        "read the reasons with the lines in `quarantine/`; get an undamaged file, or adapt the reader to the layout",
    ),
    "contract": Guidance(
        ENGINEER,
        "a receipt was edited or written by another version of the code",
        "run `nightvigil doctor`; restore the receipts it names from a backup",
    ),
}
COMPUTED = {
    "drift": Guidance(
        REVIEWER,
        "a delivery was re-issued, withdrawn or cut short, or a term, drug or column came under another name",
        "see which deliveries are new since the live snapshot and look at the rows the rule shows. If the change is "
        "real, override the rule with the reason; if not, correct the delivery",
    ),
    "volume": Guidance(
        ENGINEER,
        "a file of a delivery is empty, a source is missing, or a SELECT dropped its rows",
        "see in `meta.delivery_table` whether the rows were received; get the missing file, or correct the SELECT. "
        "Where so few rows are right, override the rule with the reason",
    ),
    "plausibility": Guidance(
        REVIEWER,
        "a column came blank, in another unit or in another coding, or rows were joined wrongly",
        "look at the rows the rule shows and at the delivery they came in. If the values are real, override the rule "
        "with the reason; if not, correct the delivery or the SELECT",
    ),
    "completeness": Guidance(
        ENGINEER,
        "rows were lost between two tables",
        "compare the tables that the rule names, and correct the SELECT that loses rows",
    ),
    "quarantine": Guidance(
        ENGINEER,
        "records could not be read in the layout that was expected",
        "read the reasons in `quarantine/`; get an undamaged file, or adapt the reader",
    ),
    "contract": Guidance(
        ENGINEER,
        "a SELECT or a code list was edited, a source sent a value that is not known, or a join repeats rows",
        "look at the rows the rule shows, and correct the SELECT, the code list or the promise in `sql/columns.csv`",
    ),
}
AGREEMENT = Guidance(
    ENGINEER,
    "two tables that must agree do not: a SELECT counts, joins or filters otherwise than another",
    "open the rows: each names a number that contradicts another. Correct the SELECT; arithmetic is never overridden",
)


def find_guidance(suite: str, kind: str, *, is_error: bool = False) -> Guidance:
    """What to do about a failed rule of this table and kind."""
    if is_error:
        return ERROR
    if suite.startswith("verify."):
        return AGREEMENT
    return (DELIVERY if suite in DELIVERY_TABLES else COMPUTED)[kind]


def may_be_overridden(kind: str) -> bool:
    """Whether a person may let a failure of this kind pass."""
    return kind in OVERRIDABLE_KINDS
