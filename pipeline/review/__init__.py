"""The review this project began with (CD015373.pub2): its safety data as a sheet, and what `make review` shows of it.

Ferraro et al., Cochrane Database of Systematic Reviews 2025, doi 10.1002/14651858.CD015373.pub2. The sheet holds
facts only: counts, totals, years and names of studies, each row with the analysis it is from.
"""

from pathlib import Path

SHEET = Path(__file__).with_name("cd015373.csv")
"""One row per study, arm and outcome. Drug, route and comparator are those of the trial, where known."""

INCLUDED_STUDIES = 67
INCLUDED_PARTICIPANTS = 2_309
"""What the review includes, by its abstract."""

GROUP_TITLES = {
    "1": "intravenous ketamine against placebo",
    "2": "intravenous ketamine against ketorolac or morphine",
    "3": "oral ketamine against placebo",
    "4": "oral ketamine against methadone",
    "5": "topical ketamine against placebo",
    "6": "topical ketamine against amitriptyline",
    "7": "memantine against placebo",
    "8": "dextromethorphan against placebo",
    "9": "amantadine against placebo",
    "10": "intravenous magnesium against placebo",
    "11": "oral magnesium against placebo",
    "12": "oral magnesium against aspirin",
    "13": "magnesium by another route against placebo",
}
"""The review's groups. Its data file numbers them; the titles are inferred from studies and titles of analyses."""
