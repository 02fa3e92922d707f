"""Four cells of cases against one reaction: reporting ratios, chi-squared, information component.

Sources: PRR and Evans' criteria, Evans et al., Pharmacoepidemiol Drug Saf 2001;10:483; ROR with Woolf's
variance, van Puijenbroek et al., Pharmacoepidemiol Drug Saf 2002;11:3; chi-squared with Yates' correction,
Yates 1934; IC, see `information_component`. No half is ever added to a cell: a ratio with an empty cell is
null, with a reason.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from pipeline.statistics.arguments import Floats, align, as_counts, index_of
from pipeline.statistics.information_component import (
    closed_form_interval,
    gamma_interval,
    information_component,
)

Z95 = float(ndtri(0.975))


def two_by_two(with_both: Any, drug_only: Any, reaction_only: Any, neither: Any) -> pd.DataFrame:
    """Measures of disproportionate reporting, one row for each table of four cells.

    with_both, drug_only, reaction_only, neither: counts of cases (not of drug-reaction pairs), scalars or
    1-D of one length; they sum to the universe. A scalar is repeated. Row labels of a Series are kept.
    Returns prr, ror (natural scale) and ic (log2), each with its 95% `_lower` and `_upper` (ic: gamma form;
    closed form as ic_closed_form_*); chi_squared (Pearson) and chi_squared_yates; expected_count (cases);
    reason, null where everything could be estimated. What could not be is NaN, never infinity; IC is
    estimated also with no case in the cell.
    Raises ValueError for counts that are negative, fractional or absent, and for lengths that differ.
    """
    cells = {"with_both": with_both, "drug_only": drug_only, "reaction_only": reaction_only, "neither": neither}
    both, drug, reaction, rest = align(**{name: as_counts(name, cell) for name, cell in cells.items()})
    universe = both + drug + reaction + rest
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(universe > 0, (both + drug) * (both + reaction) / universe, np.nan)
        columns = {
            **_ratio("prr", *_prr(both, drug, reaction, rest)),
            **_ratio("ror", *_ror(both, drug, reaction, rest)),
            **_chi_squared(both, drug, reaction, rest),
            **_information(both, expected),
        }
    columns["expected_count"] = expected
    frame = pd.DataFrame(columns, index=index_of(with_both, drug_only, reaction_only, neither))
    frame["reason"] = pd.Series(_reasons(both, drug, reaction, rest), index=frame.index, dtype=object)
    return frame


def _prr(both: Floats, drug: Floats, reaction: Floats, rest: Floats) -> tuple[Floats, Floats]:
    ratio = both / (both + drug) / (reaction / (reaction + rest))
    # 1/a - 1/(a+b) as b / (a (a+b)): the difference of near equals would lose the digits
    variance = drug / (both * (both + drug)) + rest / (reaction * (reaction + rest))
    return ratio, np.where((both > 0) & (reaction > 0) & (drug + rest > 0), variance, np.nan)


def _ror(both: Floats, drug: Floats, reaction: Floats, rest: Floats) -> tuple[Floats, Floats]:
    ratio = both / drug * (rest / reaction)
    filled = (both > 0) & (drug > 0) & (reaction > 0) & (rest > 0)
    return ratio, np.where(filled, 1 / both + 1 / drug + 1 / reaction + 1 / rest, np.nan)


def _ratio(name: str, ratio: Floats, variance: Floats) -> dict[str, Floats]:
    """Point and Wald bounds on the log scale; all null where the variance is."""
    spread = np.exp(Z95 * np.sqrt(variance))
    known = np.where(np.isnan(variance), np.nan, ratio)
    return {name: known, f"{name}_lower": known / spread, f"{name}_upper": known * spread}


def _chi_squared(both: Floats, drug: Floats, reaction: Floats, rest: Floats) -> dict[str, Floats]:
    universe = both + drug + reaction + rest
    # extended precision where the machine has it: ad - bc of a large universe passes 2**53
    wide = [cell.astype(np.longdouble) for cell in (both, drug, reaction, rest)]
    difference = np.abs(wide[0] * wide[3] - wide[1] * wide[2]).astype(np.float64)
    margins = [both + drug, reaction + rest, both + reaction, drug + rest]
    scale = universe / margins[0] / margins[1] / margins[2] / margins[3]
    scale = np.where(np.min(margins, axis=0) > 0, scale, np.nan)
    return {
        "chi_squared": scale * difference**2,
        "chi_squared_yates": scale * np.maximum(difference - universe / 2, 0) ** 2,
    }


def _information(both: Floats, expected: Floats) -> dict[str, Floats]:
    lower, upper = gamma_interval(both, expected)
    closed_lower, closed_upper = closed_form_interval(both, expected)
    return {
        "ic": information_component(both, expected),
        "ic_lower": lower,
        "ic_upper": upper,
        "ic_closed_form_lower": closed_lower,
        "ic_closed_form_upper": closed_upper,
    }


def _reasons(both: Floats, drug: Floats, reaction: Floats, rest: Floats) -> list[str | None]:
    """Why something is null, the widest cause first."""
    causes = [
        (both + drug + reaction + rest == 0, "no case at all: nothing can be estimated"),
        (both + drug == 0, "no case with the drug: prr, ror and chi-squared not estimable"),
        (reaction + rest == 0, "no case without the drug to compare with: prr, ror and chi-squared not estimable"),
        (both + reaction == 0, "no case with the reaction: prr, ror and chi-squared not estimable"),
        (drug + rest == 0, "every case has the reaction: prr, ror and chi-squared not estimable"),
        (both == 0, "no case with both: prr and ror not estimable"),
        (reaction == 0, "no case has the reaction without the drug: prr and ror not estimable"),
        (drug == 0, "every case with the drug has the reaction: ror not estimable"),
        (rest == 0, "every case without the drug has the reaction: ror not estimable"),
    ]
    chosen = np.select([where for where, _ in causes], list(range(1, len(causes) + 1)), default=0)
    texts = [None, *(text for _, text in causes)]
    return [texts[cause] for cause in chosen]
