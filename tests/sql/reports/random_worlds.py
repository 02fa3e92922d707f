"""Small random worlds of reports, drawn from a seed: a few quarters and cases, every hard case of the contract.

Words are few so that recount.py can know them all; every draw is made often, so that hard cases combine.
"""

import random

from tests.sql.reports.database import Delivery, Row
from tests.sql.reports.recount_dose import FIELDS, TEXTS

PERIODS = (("2011Q3", "laers"), ("2012Q2", "laers"), ("2016Q4", "faers"), ("2019Q1", "faers"), ("2021Q3", "faers"))
CASES = ("1018912", "10189121", "4061110", "7000001", "7000002", "7000003")
TWINS = ((CASES[0], 12), (CASES[1], 2))  # two cases whose report ids are the same digits
PRODUCTS = (
    ("KETAMINE", "KETAMINE"), ("KETALAR", ""), ("KETAMINE HCL", ""), ("KETAMINE (PFIZER)", ""),
    ("Ketamine", "KETAMINE HYDROCHLORIDE"), ("SPRAVATO", "ESKETAMINE HYDROCHLORIDE"), ("SPRAVATO", ""),
    ("S-KETAMINE", ""), ("KETALAR", "ESKETAMINE"), ("MEMATINE", ""),
    ("NAMZARIC", "DONEPEZIL\\MEMANTINE HYDROCHLORIDE"), ("NAMZARIC", ""),
    ("NUEDEXTA", ""), ("ROBITUSSIN", ""), ("AMANTADINE.", ""), ("FLUMADINE", ""), ("NORKETAMINE", "NORKETAMINE"),
    ("NEXIUM", "ESOMEPRAZOLE MAGNESIUM"), ("ASPIRIN", "ASPIRIN"), ("ASPIRIN", ""), ("MGSO4", ""),
    ("MAGNESIUM SULFATE", "MAGNESIUM SULFATE HEPTAHYDRATE"), ("MAGLAX", "MAGNESIUM OXIDE"),
    ("MAALOX", "ALUMINUM HYDROXIDE\\MAGNESIUM HYDROXIDE"), ("DIANEAL", "CALCIUM CHLORIDE\\MAGNESIUM CHLORIDE"),
    ("Ketamine Hydrochloride 50 mg/ml injection", ""), ("KETALAR", "-"), ("SPRAVATO", "UNKNOWN"),
)  # fmt: skip
ROUTES = (
    "Intravenous drip", "Intravenous (not otherwise specified)", "Oral", "ORAL", "Nasal", "Parenteral", "Other",
    "Transplacental", "Intra-articular", "Unknown", "", "", "Intramuscular",
    "Oral; Intravenous drip", "Intramuscular; Nasal",
)  # fmt: skip
ROLES = ("PS", "PS", "SS", "I", "C", "DN", "XX")
TERMS = (
    "Hallucination, visual", "HALLUCINATION", "Paranoia", "Delusion", "Confusional state", "Delirium", "Nausea",
    "Vomiting", "Retching", "Dissociation", "Headache", "Paranoid personality disorder",
)  # fmt: skip
AGES = (("42", "YR"), ("4", "DEC"), ("216", "MON"), ("215", "MON"), ("65", "YR"), ("75", "YR"),
        ("-1", "YR"), ("", ""), ("130", "YR"), ("20", "WK"), ("44", "MIN"))  # fmt: skip

LONG_NAMES = (
    "KETAMINE PANPHARMA", "COMPOUNDED KETAMINE 10% CREAM", "S-KETAMINE 25 MG PFIZER", "NORKETAMINE STANDARD",
    "KETAMINE ANTAGONIST", "KETAMINE FREE CREAM", "MEMANTINE RATIOPHARM", "MEMANTINE MERZ", "AMANTADINE AL 100",
    "MUCINEX DM MAXIMUM STRENGTH", "MUCINEX D MAXIMUM STRENGTH", "MAGNESIUM SULFATE IN DEXTROSE",
    "EQUATE MAGNESIUM SULFATE LEMON", "NATURE'S BOUNTY MAGNESIUM OXIDE", "XYLOPHON MAGNESIUM",
    "ESOMEPRAZOLE MAGNESIUM MYLAN", "RIMANTADINE TEVA",
)  # fmt: skip
SENDERS = ("PFIZER", "Pfizer", "JANSSEN", "")
NUMBERS = ("US-PFIZER-1", "us-pfizer-1", "B0012", "UNKNOWN", "0000", "7", "", "", "")
AUTHORITY_NUMBERS = ("GB-MHRA-123", "123", "NONE", "", "", "", "")
INDICATIONS = (
    "Pain", "NEURALGIA", "Depression", "TREATMENT RESISTANT DEPRESSION", "Anaesthesia", "Anaesthesia",
    "Dementia Alzheimer's type", "Parkinson's disease", "Cough", "Nausea", "Retching", "Toothache", "Off label use",
    "Product used for unknown indication",
)  # fmt: skip
LABELLED = (  # what a label of the US names, by a part of the name of the drug
    ("SPRAVATO", "Treatment resistant depression"), ("KETA", "Anaesthesia"), ("AMANTADINE", "Parkinson's disease"),
    ("NAMZARIC", "Dementia Alzheimer's type"), ("MEMA", "Dementia Alzheimer's type"),
    ("DEX", "Cough"), ("DM", "Cough"),
)  # fmt: skip
STARTS = (
    "20160316", "20160316", "20160317", "20160301", "20160401", "20091231", "20100302", "20100301", "201603", "2016",
    "20161399", "",
)  # fmt: skip
DOSE_TEXTS = (*TEXTS, "", "", "")
DOSE_FIELDS = (*FIELDS, *[("", "", "")] * 6)
CHALLENGES = ("Y", "N", "U", "D", "")
DAYS = ("20160317", "20160101", "20100301", "201603", "2016", "")


def draw_world(seed: int) -> list[Delivery]:
    """The deliveries of one world, in order of receipt; some periods are received twice."""
    draw = random.Random(seed)
    chosen = sorted(draw.sample(PERIODS, draw.randint(2, 4)))
    deliveries = [_draw_delivery(draw, period, era) for period, era in chosen]
    if draw.random() < 0.3:
        deliveries[0].is_current = False
        deliveries.append(_draw_delivery(draw, deliveries[0].period, deliveries[0].era))
    _number_reports(random.Random(f"numbers of {seed}"), deliveries)
    _share_reports(random.Random(f"shared reports of {seed}"), deliveries)
    _name_unknown_countries(random.Random(f"countries of {seed}"), deliveries)
    _lengthen_names(random.Random(f"long names of {seed}"), deliveries)
    _receive_in_their_quarter(random.Random(f"new cases of {seed}"), deliveries)
    _state_indications(random.Random(f"indications of {seed}"), deliveries)
    _start_drugs(random.Random(f"starts of {seed}"), deliveries)
    _state_doses(random.Random(f"doses of {seed}"), deliveries)
    return deliveries


def _state_doses(draw: random.Random, deliveries: list[Delivery]) -> None:
    """Many drug lines state a dose: in words where their text is blank, in the fields of the modern era, or both."""
    for delivery in deliveries:
        for drug in delivery.tables["drug"]:
            if not drug["dose_vbm"]:
                drug["dose_vbm"] = draw.choice(DOSE_TEXTS)
            if delivery.era == "faers":
                drug |= dict(zip(("dose_amt", "dose_unit", "dose_freq"), draw.choice(DOSE_FIELDS), strict=True))


def _start_drugs(draw: random.Random, deliveries: list[Delivery]) -> None:
    """Each drug line may state when the drug was started, once or twice, and what stopping or repeating it did."""
    for delivery in deliveries:
        for drug in delivery.tables["drug"]:
            drug |= {"dechal": draw.choice(CHALLENGES), "rechal": draw.choice(CHALLENGES)}
            keys = {name: drug[name] for name in ("primaryid", "caseid") if name in drug}
            delivery.tables.setdefault("ther", []).extend(
                keys | {"dsg_drug_seq": drug["drug_seq"], "start_dt": draw.choice(STARTS)}
                for _ in range(draw.choice((0, 1, 1, 1, 2)))
            )


def _receive_in_their_quarter(draw: random.Random, deliveries: list[Delivery]) -> None:
    """Many reports of the modern era were first received in the quarter that brings them, on a day or in a month."""
    for delivery in deliveries:
        month = f"{delivery.period[:4]}{3 * int(delivery.period[-1]):02d}"
        for demo in delivery.tables["demo"] if delivery.era == "faers" else ():
            if draw.random() < 0.5:
                demo["init_fda_dt"] = month + draw.choice(("07", "07", ""))


def _state_indications(draw: random.Random, deliveries: list[Delivery]) -> None:
    """What drugs were given for: half of the lines say it, some of them twice, and some reports name off-label use;
    the indication that every report has for its first drug stays in half of them."""
    for delivery in deliveries:
        stated = [row for row in delivery.tables["indi"] if draw.random() < 0.5]
        for drug in delivery.tables["drug"]:
            keys = {key: drug[key] for key in ("primaryid", "caseid") if key in drug}
            own = next((term for name, term in LABELLED if name in drug["drugname"].upper()), INDICATIONS[0])
            for term in draw.choices((*INDICATIONS, *[own] * 10), k=draw.choice((0, 0, 1, 1, 2))):
                stated.append(keys | {"indi_drug_seq": drug["drug_seq"], "indi_pt": term})
            if draw.random() < 0.1:
                delivery.tables["reac"].append(keys | {"pt": "Off label use"})
        delivery.tables["indi"] = stated
        for demo in delivery.tables["demo"] if delivery.era == "faers" else ():
            if not demo["occr_country"] and draw.random() < 0.6:
                demo["reporter_country"] = "US"


def _share_reports(draw: random.Random, deliveries: list[Delivery]) -> None:
    """List some legacy reports a second time, under another case number or again: in their quarter or in another."""
    legacy = [delivery for delivery in deliveries if delivery.era == "laers"]
    for delivery in legacy:
        for demo in list(delivery.tables["demo"]):
            if draw.random() < 0.25:
                other = draw.choice(legacy)
                number = draw.choice(CASES)
                if number != demo["caseid"].lstrip("0"):
                    other.tables["demo"].append(demo | {"caseid": number})
                    if other is not delivery:
                        _repeat_children(delivery, other, demo["primaryid"])


def _name_unknown_countries(draw: random.Random, deliveries: list[Delivery]) -> None:
    """In some quarters one country is written as no list knows it: mostly alike, sometimes as another."""
    for delivery in deliveries:
        if delivery.era == "faers" and draw.random() < 0.8:
            for demo in delivery.tables["demo"]:
                if demo["occr_country"] == "GB":
                    demo["occr_country"] = draw.choice(("ATLANTIS", " atlantis  ", "NEW ATLANTIS"))


def _lengthen_names(draw: random.Random, deliveries: list[Delivery]) -> None:
    """Some drugs without the agency's ingredients bear a name with more words than the lists hold; not aspirin,
    which is the drug that duplicate reports share without its being known."""
    for delivery in deliveries:
        for drug in delivery.tables["drug"]:
            if not drug["prod_ai"] and drug["drugname"] != "ASPIRIN" and draw.random() < 0.3:
                drug["drugname"] = draw.choice(LONG_NAMES)


def _repeat_children(delivery: Delivery, other: Delivery, report: str) -> None:
    for table in ("drug", "reac", "outc", "indi"):
        if not any(row["primaryid"] == report for row in other.tables[table]):
            other.tables[table] += [dict(row) for row in delivery.tables[table] if row["primaryid"] == report]


def _draw_delivery(draw: random.Random, period: str, era: str) -> Delivery:
    delivery = Delivery(period, era, {table: [] for table in ("demo", "drug", "reac", "outc", "indi", "deleted")})
    versions = [
        (number, version)
        for number in draw.sample(CASES, draw.randint(2, 5))
        for version in draw.sample((1, 2, 9, 10, 12), draw.choice((1, 1, 2)))
    ]
    if era == "faers" and draw.random() < 0.2:
        versions = [*{*versions, *TWINS}]
        versions.sort()
    legacy_reports = iter(draw.sample(range(4_000_000, 5_000_000), len(versions)))
    for number, version in versions:
        report = f"{number}{version}" if era == "faers" else str(next(legacy_reports))
        _draw_report(draw, delivery, number, version, report)
    if era == "faers" and draw.random() < 0.6:
        listed = draw.sample(CASES, draw.randint(1, 2))
        delivery.tables["deleted"] = [{"caseid": _spell_case_number(draw, number)} for number in listed]
    return delivery


def _spell_case_number(draw: random.Random, number: str) -> str:
    return f"00{number}" if draw.random() < 0.2 else number


def _draw_report(draw: random.Random, delivery: Delivery, number: str, version: int, report: str) -> None:
    year = int(delivery.period[:4])
    day = f"{year}{draw.choice(('0105', '0412', '1130'))}"
    age, unit = draw.choice(AGES)
    demo: Row = {
        "primaryid": report, "caseid": _spell_case_number(draw, number), "fda_dt": day, "age": age, "age_cod": unit,
        "sex": draw.choice(("F", "M", "UNK", "")), "rept_cod": draw.choice(("EXP", "PER", "DIR", "")),
        "occp_cod": draw.choice(("MD", "CN", "")),
    }  # fmt: skip
    keys = {"primaryid": report}
    if delivery.era == "faers":
        keys["caseid"] = number
        demo |= {
            "caseversion": str(version),
            "init_fda_dt": draw.choice(("", f"{year - 1}0215", f"{year - 1}02", f"{year - 1}")),
            "reporter_country": draw.choice(("US", "NA", "")), "occr_country": draw.choice(("GB", "")),
        }  # fmt: skip
    else:
        demo |= {"foll_seq": "" if version == 1 else str(version - 1)}
    delivery.tables["demo"].append(demo)
    for position in range(draw.randint(1, 4)):
        name, active = draw.choice(PRODUCTS)
        drug = {"drug_seq": str(position + 1), "role_cod": draw.choice(ROLES), "drugname": name}
        drug["route"] = draw.choice(ROUTES)
        drug["dose_vbm"] = draw.choice(("", "50 MG IV", "20 MG BY MOUTH"))  # may hint at a route; never states one
        drug["prod_ai"] = active if delivery.era == "faers" else None
        if delivery.era == "faers" or name not in ("MAGLAX", "MAALOX", "DIANEAL", "NEXIUM"):
            delivery.tables["drug"].append(keys | drug)
    terms = draw.choices(TERMS, k=draw.randint(1, 3))
    # Decided by the age and not drawn, so that the worlds of earlier seeds stay the same.
    terms += ["Drug abuse"] if (age, unit) == ("42", "YR") else []
    delivery.tables["reac"] += [keys | {"pt": term} for term in terms]
    outcomes = draw.sample(("DE", "HO", "OT"), draw.randint(0, 2))
    delivery.tables["outc"] += [keys | {"outc_cod": code} for code in outcomes]
    delivery.tables["indi"].append(keys | {"indi_drug_seq": "1", "indi_pt": "Hallucination"})


def _number_reports(draw: random.Random, deliveries: list[Delivery]) -> None:
    """Numbers of senders and authorities, few and drawn often; and reports repeated under another case."""
    for delivery in deliveries:
        for demo in delivery.tables["demo"]:
            demo |= {"mfr_sndr": draw.choice(SENDERS), "mfr_num": draw.choice(NUMBERS), "event_dt": draw.choice(DAYS)}
            if delivery.era == "faers":
                demo["auth_num"] = draw.choice(AUTHORITY_NUMBERS)
        if delivery.era == "faers":
            latest = {row["caseid"].lstrip("0"): row for row in sorted(delivery.tables["demo"], key=_read_version)}
            for _ in range(draw.randint(1, 3)):
                _duplicate_report(draw, delivery, *draw.sample(list(latest.values()), 2))
            if draw.random() < 0.3 and len(latest) > 2:
                _share_sender_number(draw, draw.sample(list(latest.values()), 3))


def _share_sender_number(draw: random.Random, demos: list[Row]) -> None:
    """One number shared by reports of two people, and a third report that may be of either."""
    facts = draw.choice((("F", "M", ""), ("20", "70", "")))
    for demo, fact in zip(demos, facts, strict=True):
        stated = {"sex": "", "age": fact} if fact.isdigit() else {"sex": fact, "age": ""}
        demo.update({"mfr_sndr": "PFIZER", "mfr_num": "US-77", "age_cod": "YR"} | stated)


def _read_version(demo: Row) -> int:
    return int(demo["caseversion"])


def _duplicate_report(draw: random.Random, delivery: Delivery, first: Row, second: Row) -> None:
    """Two reports of a quarter describe one event, or one with a single difference; perhaps under one number."""
    if first["primaryid"] == second["primaryid"]:
        return
    event = {"age": "42", "sex": "F", "event_dt": draw.choice(("20160317", "201603")), "occr_country": "GB"}
    differences = {"age": draw.choice(("44", "45")), "sex": "M", "event_dt": "20160318", "occr_country": ""}
    difference = draw.choice(("", "", "", "", "", *differences, "reac", "drug", "drug"))
    first |= {**event, "age_cod": "YR"}
    second |= {**event, "age_cod": "YR"} | {
        column: value for column, value in differences.items() if column == difference
    }
    if draw.random() < 0.3:
        number = {"mfr_sndr": "PFIZER", "mfr_num": draw.choice(NUMBERS[:6])}
        first |= number
        second |= number
    unnamed = draw.choice(("", "", "ASPIRIN"))
    for drug in delivery.tables["drug"]:
        if unnamed and drug["primaryid"] == first["primaryid"] and drug["drug_seq"] == "1":
            drug["drugname"] = unnamed
        if drug["primaryid"] in (first["primaryid"], second["primaryid"]):
            drug["prod_ai"] = "" if drug["drugname"] == unnamed else drug["prod_ai"] or "KETAMINE"
    for table in sorted({"reac", "drug"} - {difference}):
        rows = delivery.tables[table]
        repeated = [row for row in rows if row["primaryid"] == first["primaryid"]]
        key = {"primaryid": second["primaryid"], "caseid": second["caseid"]}
        delivery.tables[table] = [row for row in rows if row["primaryid"] != second["primaryid"]]
        delivery.tables[table] += [row | key for row in reversed(repeated)]
