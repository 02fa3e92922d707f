"""Where the information component may not be published: no comparator, a restricted one, or no case expected."""

import numpy as np
import pandas as pd

INFORMATION = ("ic", "ic_lower", "ic_upper", "ic_closed_form_lower", "ic_closed_form_upper")
ALONE = "no case without the drug to compare with: ic not estimable"
RESTRICTED = "the comparator is restricted, and its expected count would hold the drug itself: ror judges here"
UNEXPECTED = "no case is expected: ic not estimable"


def withhold_information(measured: pd.DataFrame) -> pd.DataFrame:
    """The rows with ic_reason, and the information component absent where that states why.

    Where the drug is most of the universe its own cases set the expected count, and the component cannot rise: of the
    cells 200/88/1/17 it is at most log2(306 / 288). Taken from the one comparator case instead it would be precise
    without ground (rule 20 of the contract). An expected count of 0 would make it 0 with an interval, from no case.
    """
    causes = [
        measured["reaction_only_count"] + measured["neither_count"] == 0,
        measured["comparator"] != "all_other_cases",
        measured["expected_count"] == 0,
    ]
    reason = np.select(causes, [ALONE, RESTRICTED, UNEXPECTED], default="")
    withheld = {name: measured[name].mask(reason != "") for name in INFORMATION}
    return measured.assign(**withheld, ic_reason=pd.Series(reason, index=measured.index).replace("", None))
