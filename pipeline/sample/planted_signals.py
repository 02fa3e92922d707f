"""Cases planted so that the tables of signals have something to show: each group is what its name says it shows.

    route_specific   hallucination is reported more of intravenous ketamine, and not of ketamine by other routes
    masked           so many cases of olanzapine report paranoia that amantadine stands out only without them
    association      other drugs with a term of their own, so that ratios vary and a prior can be fitted

Nothing here is a fact about a drug: the pairs are invented.
"""

from dataclasses import dataclass, replace

from pipeline.sample.cases import Author, Drug
from pipeline.sample.terms import INDICATIONS, OTHER_TERMS
from pipeline.sample.vocabulary import BOLUS, DRIP, OTHERS, ROUTES, WATCHED

PERIODS = ("2017Q2", "2019Q1", "2024Q1")


@dataclass(frozen=True)
class PlantedSignal:
    """cases of one product by one of some routes that report one term, spread over PERIODS."""

    shows: str
    product: str
    routes: tuple[str, ...]
    term: str
    cases: int


_ASSOCIATIONS = """
ACETAMINOPHEN Liver function test abnormal 18
ASPIRIN Haematemesis 14
BISOPROLOL Hypotension 10
CARBAMAZEPINE Rash 12
CEFTRIAXONE Pruritus 9
CLONAZEPAM Somnolence 16
DICLOFENAC Haematemesis 8
DIGOXIN Fatigue 4
FENTANYL Sedation 12
FUROSEMIDE Dizziness 7
GABAPENTIN Gait disturbance 9
IBUPROFEN Dyspnoea 3
LAMOTRIGINE Blister 13
LEVODOPA Fall 8
LEVOTHYROXINE Weight decreased 11
LISINOPRIL Cough 24
LORAZEPAM Memory impairment 9
METFORMIN Diarrhoea 19
METOPROLOL Fatigue 6
MORPHINE Sedation 7
PREDNISONE Insomnia 10
PREGABALIN Gait disturbance 5
QUETIAPINE Somnolence 6
TRAMADOL Tremor 5
VENLAFAXINE Blood pressure increased 11
WARFARIN Haematemesis 9
ZOLPIDEM Memory impairment 15
"""

PLANTED = (
    PlantedSignal("route_specific", "KETALAR", (DRIP, BOLUS), "Hallucination", 45),
    PlantedSignal("masked", "SYMMETREL", ("Oral",), "Paranoia", 24),
    PlantedSignal("masked", "OLANZAPINE", ("Oral",), "Paranoia", 240),
    *(
        PlantedSignal("association", product, ("Oral",), term, int(cases))
        for product, term, cases in (
            (line.split()[0], " ".join(line.split()[1:-1]), line.split()[-1])
            for line in _ASSOCIATIONS.strip().splitlines()
        )
    ),
)


TRUTHS = (
    {
        "shows": "route_specific", "drug": "ketamine", "reaction": "hallucination", "raised": ["intravenous", "any"],
        "not_raised": ["not_intravenous", "oral", "intramuscular"], "detected": ["intravenous"],
    },
    {"shows": "masked", "drug": "amantadine", "reaction": "paranoia", "dominated_by": "OLANZAPINE"},
)  # fmt: skip
"""What the planted cases were made to show, as the answer key of the sample world states it."""


def add_planted_signals(author: Author) -> None:
    """Add the cases of every planted signal after all others, which stay as they were drawn."""
    products = {product.name: product for product in (*WATCHED, *OTHERS)}
    for planted in PLANTED:
        for place in range(planted.cases):
            drawn = author.draw_case(PERIODS[place % len(PERIODS)])
            route = ROUTES[planted.routes[place % len(planted.routes)]]
            beside = author.random.choice([term for term in OTHER_TERMS if term != planted.term])
            drug = Drug(products[planted.product], "PS", route, indication=INDICATIONS[place % len(INDICATIONS)])
            author.add(replace(drawn, drugs=(drug,), terms=(planted.term, beside)))
