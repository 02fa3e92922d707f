"""The drugs and routes of the invented world, each with the meaning its author intends.

The meanings are written here by hand and not read from `sql/codes`, so that the expected results do not depend on the
code that they test.
"""

from dataclasses import dataclass

PERIODS = ("2011Q4", "2012Q2", "2012Q4", "2017Q2", "2019Q1", "2024Q1")
LEGACY_PERIODS = ("2011Q4", "2012Q2")


@dataclass(frozen=True)
class Route:
    """A route as written. contrast: 'intravenous', 'other_known', 'excluded' or 'not_named'."""

    text: str
    standard: str
    contrast: str = "other_known"


@dataclass(frozen=True)
class Product:
    """A drug as reporters name it. drugs: the watch-list drugs it counts for; since: the first period of sale."""

    name: str
    prod_ai: str
    drugs: tuple[str, ...]
    routes: tuple[str, ...]
    since: str = "2004Q1"


ROUTES = {
    route.text: route
    for route in (
        Route("", "unknown", "not_named"),
        Route("Unknown", "unknown", "not_named"),
        Route("Intravenous (not otherwise specified)", "intravenous", "intravenous"),
        Route("Intravenous drip", "intravenous", "intravenous"),
        Route("Intravenous bolus", "intravenous", "intravenous"),
        Route("Intramuscular", "intramuscular"),
        Route("Subcutaneous", "subcutaneous"),
        Route("Nasal", "intranasal"),
        Route("Oral", "oral"),
        Route("Sublingual", "sublingual_buccal"),
        Route("Transdermal", "transdermal"),
        Route("Topical", "topical"),
        Route("Epidural", "epidural"),
        Route("Intrathecal", "intrathecal"),
        Route("Rectal", "rectal"),
        Route("Respiratory (inhalation)", "inhaled"),
        Route("Intradermal", "other"),
        Route("Parenteral", "parenteral_unspecified", "excluded"),
        Route("Other", "other", "excluded"),
        Route("Transplacental", "other", "excluded"),
    )
}
DRIP, BOLUS, NOS = "Intravenous drip", "Intravenous bolus", "Intravenous (not otherwise specified)"

_RACEMIC, _ESKETAMINE = ("ketamine", "ketamine_any"), ("esketamine", "ketamine_any")
_KETAMINE_ROUTES = (DRIP, DRIP, BOLUS, NOS, "Intramuscular", "Intramuscular", "Subcutaneous", "Oral", "Nasal")
_RARE_ROUTES = ("Topical", "Epidural", "Intrathecal", "Rectal", "Sublingual", "Intradermal", "Transdermal", "Other")

WATCHED = (
    Product("KETALAR", "KETAMINE HYDROCHLORIDE", _RACEMIC, _KETAMINE_ROUTES),
    Product(
        "KETAMINE HYDROCHLORIDE",
        "KETAMINE HYDROCHLORIDE",
        _RACEMIC,
        (*_KETAMINE_ROUTES, "Parenteral", "Transplacental"),
    ),
    Product("KETAMINE", "KETAMINE", _RACEMIC, (*_RARE_ROUTES, "Respiratory (inhalation)")),
    Product("SPRAVATO", "ESKETAMINE HYDROCHLORIDE", _ESKETAMINE, ("Nasal",), "2019Q1"),
    Product("KETANEST S", "ESKETAMINE HYDROCHLORIDE", _ESKETAMINE, (DRIP, BOLUS, "Intramuscular")),
    Product("NAMENDA", "MEMANTINE HYDROCHLORIDE", ("memantine",), ("Oral",)),
    Product("EBIXA", "MEMANTINE HYDROCHLORIDE", ("memantine",), ("Oral", "Transdermal")),
    Product("NAMZARIC", "DONEPEZIL HYDROCHLORIDE\\MEMANTINE HYDROCHLORIDE", ("memantine",), ("Oral",), "2017Q2"),
    Product("DELSYM", "DEXTROMETHORPHAN POLISTIREX", ("dextromethorphan",), ("Oral",)),
    Product("NUEDEXTA", "DEXTROMETHORPHAN HYDROBROMIDE\\QUINIDINE SULFATE", ("dextromethorphan",), ("Oral",)),
    Product(
        "AUVELITY",
        "BUPROPION HYDROCHLORIDE\\DEXTROMETHORPHAN HYDROBROMIDE",
        ("dextromethorphan",),
        ("Oral",),
        "2024Q1",
    ),
    Product(
        "DEXTROMETHORPHAN HYDROBROMIDE", "DEXTROMETHORPHAN HYDROBROMIDE", ("dextromethorphan",), ("Oral", "Nasal")
    ),
    Product("SYMMETREL", "AMANTADINE HYDROCHLORIDE", ("amantadine",), ("Oral",)),
    Product("PK-MERZ", "AMANTADINE SULFATE", ("amantadine",), (DRIP, "Oral")),
    Product("GOCOVRI", "AMANTADINE", ("amantadine",), ("Oral",), "2019Q1"),
    Product(
        "MAGNESIUM SULFATE",
        "MAGNESIUM SULFATE",
        ("magnesium", "magnesium_parenteral"),
        (DRIP, DRIP, BOLUS, "Intramuscular"),
    ),
    Product("MAGNESIUM OXIDE", "MAGNESIUM OXIDE", ("magnesium", "magnesium_oral"), ("Oral",)),
    Product("MAGNESIUM HYDROXIDE", "MAGNESIUM HYDROXIDE", ("magnesium", "magnesium_gastrointestinal"), ("Oral",)),
)

LOOK_ALIKES = tuple(
    Product(name, ingredient, (), ("Oral",))
    for name, ingredient in (
        ("NEXIUM", "ESOMEPRAZOLE MAGNESIUM"),
        ("ESOMEPRAZOLE MAGNESIUM", "ESOMEPRAZOLE MAGNESIUM"),
        ("KETOPROFEN", "KETOPROFEN"),
        ("KETOROLAC TROMETHAMINE", "KETOROLAC TROMETHAMINE"),
        ("FLUMADINE", "RIMANTADINE HYDROCHLORIDE"),
        ("MUCINEX", "GUAIFENESIN"),
        ("MAGNESIUM VALPROATE", "VALPROATE MAGNESIUM"),
    )
)

_OTHER_NAMES = (
    "ACETAMINOPHEN AMLODIPINE APIXABAN ASPIRIN ATORVASTATIN BISOPROLOL CANDESARTAN CARBAMAZEPINE "
    "CEFTRIAXONE CITALOPRAM CLONAZEPAM CLOPIDOGREL DICLOFENAC DIGOXIN DONEPEZIL DULOXETINE ENOXAPARIN "
    "FENTANYL FUROSEMIDE GABAPENTIN IBUPROFEN LAMOTRIGINE LEVETIRACETAM LEVODOPA LEVOTHYROXINE LISINOPRIL "
    "LORAZEPAM METFORMIN METOPROLOL MIDAZOLAM MORPHINE OLANZAPINE OXYCODONE PREDNISONE PREGABALIN "
    "PROPOFOL QUETIAPINE RAMIPRIL SERTRALINE TRAMADOL VENLAFAXINE WARFARIN ZOLPIDEM "
)
OTHERS = tuple(Product(name, name, (), ("Oral", "Oral", "", DRIP)) for name in _OTHER_NAMES.split())
