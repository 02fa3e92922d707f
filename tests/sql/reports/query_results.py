"""The results of the SQL in the shape of the recount, to compare with `==`; and the situations a world covers."""

from collections import defaultdict
from typing import Any

import duckdb

from tests.sql.reports.database import Delivery, fetch
from tests.sql.reports.expected_codes import SPOILS
from tests.sql.reports.recount_onset import BASES

CELL = (
    "case_count, serious_case_count, fatal_case_count, case_count_deduplicated, drug_route_case_count, "
    "route_unknown_case_count, first_received_date, last_received_date"
)

ONSET = ", ".join(
    ["case_count", "dated_case_count", "no_start_date_case_count", "start_not_exact_case_count"]
    + ["no_event_date_case_count", "event_not_exact_case_count", "event_after_receipt_case_count"]
    + ["event_before_start_case_count", "day_0_case_count", "several_starts_case_count"]
    + [f"round({name}, 9)" for name in ("lower_quartile_days", "median_days", "upper_quartile_days")]
    + [
        f"{challenge}_{answer}_case_count"
        for challenge in ("dechallenge", "rechallenge")
        for answer in ("positive", "negative", "contradictory", "not_stated")
    ]
)


def read_results(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The rows of the tables of reports, by the names that recount.recount uses."""
    cases = fetch(
        connection,
        "select case_id, report_id, version_number, period, first_received_date, is_serious, is_fatal "
        "from events.case",
    )
    by_route = fetch(
        connection, f"select drug, route, reaction, definition, {CELL} from summary.reported_by_drug_route"
    )
    by_quarter = fetch(
        connection,
        f"select drug, route, reaction, definition, quarter, {CELL} from summary.reported_by_drug_route_quarter",
    )
    by_patient = fetch(
        connection,
        "select drug, route, reaction, definition, age_band, sex, reporter_type, country, expedited, case_count, "
        "serious_case_count, fatal_case_count, drug_route_case_count from summary.reported_by_patient",
    )
    return {
        **read_cells(connection),
        "cases": {row[0]: row[1:] for row in cases},
        "duplicates": {
            row[0]: row[1:] for row in fetch(connection, "select case_id, kept_case_id, rule from events.duplicate")
        },
        "exposed": mark_repeated_rows(fetch(connection, "select case_id, drug, route from events.exposed_case")),
        "reported": mark_repeated_rows(
            fetch(connection, "select case_id, drug, route, reaction, definition from events.reported")
        ),
        **read_indications(connection),
        "by_drug_route": {row[:4]: row[4:] for row in by_route},
        "by_quarter": {row[:5]: row[5:] for row in by_quarter},
        "by_patient": {row[:9]: row[9:] for row in by_patient},
    }


def read_indications(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What drugs were given for, by the names that recount_indication.recount_indications uses."""
    placed = fetch(connection, "select case_id, drug, route, population, label_status from events.indicated_case")
    counted = fetch(
        connection,
        "select drug, route, reaction, definition, population, label_status, case_count, serious_case_count, "
        "fatal_case_count, case_count_deduplicated, reaction_is_indication_case_count, "
        "reaction_is_not_indication_case_count, off_label_term_case_count, population_case_count, "
        "drug_route_case_count, indication_unknown_case_count from summary.reported_by_indication",
    )
    products = fetch(
        connection,
        "select drug, route, reaction, definition, route_has_product, no_product_route_case_count "
        "from summary.reported_by_drug_route",
    )
    return {
        "indicated": mark_repeated_rows(placed),
        "by_indication": {row[:6]: row[6:] for row in counted},
        "routes_with_product": {row[:4]: row[4:] for row in products},
    }


def read_cells(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The cells behind the statistics, by the names that recount_signal.recount_signal uses."""
    key, four = (
        "drug, route, reaction, definition",
        "with_both_count, drug_only_count, reaction_only_count, neither_count",
    )
    sides = ("intravenous", "not_intravenous")
    counts = [f"{side}_{what}_count" for side in sides for what in ("with_reaction", "case")]
    counts += [f"{side}_serious_case_count" for side in sides]
    counts += ["neither_side_with_reaction_count", "neither_side_case_count"]
    queries = {
        "cells": (7, f"{key}, analysis, comparator, set_aside_text, {four} from intermediate.signal_count"),
        "strata": (6, f"{key}, stratum_kind, stratum, {four} from intermediate.signal_stratum_count"),
        "quarters": (
            5, f"{key}, quarter, {four}, quarter_with_both_count, quarter_drug_route_case_count, "
            "quarter_reaction_case_count, quarter_universe_count, is_landed, not_landed_before_count "
            "from intermediate.signal_quarter_count",
        ),
        "contrast": (
            3, f"drug, reaction, definition, {', '.join(counts)} from intermediate.route_contrast_count "
            "where stratum_kind = 'all'",
        ),
        "adjusted": (
            2, "case_id, drug, is_intravenous, age_band, sex, first_received_year, country_group, reporter_group, "
            "indication_group, has_opioid, has_sedative from intermediate.route_contrast_case",
        ),
        "sequential": (4, f"drug, route, reaction, quarter, {four} from intermediate.signal_sequential_count"),
        "products": (
            4, "drug, side, member_drug, route, case_count, is_in_risk_programme "
            "from intermediate.route_contrast_product",
        ),
        "doses": (
            5, "drug, route, dose_band, reaction, definition, case_count, serious_case_count, fatal_case_count, "
            "dose_structured_case_count, dose_text_case_count, dose_in_doubt_case_count, dose_other_unit_case_count, "
            "dose_not_stated_case_count, dose_without_route_case_count, dose_implausible_case_count, "
            "drug_route_band_case_count, cell_case_count, dose_unknown_case_count from summary.reported_by_dose_band",
        ),
        "onset": (4, f"{key}, {ONSET} from summary.time_to_onset"),
        "pairs": (3, "route, drug, reaction, pair_count from intermediate.signal_pair_count where pair_count <> 0"),
    }  # fmt: skip
    return {
        name: {row[:width]: row[width:] for row in fetch(connection, f"select {query}")}
        for name, (width, query) in queries.items()
    }


def mark_repeated_rows(rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """The rows as a set; a repeated row is marked, so that the set never equals one that holds the row once."""
    once = set(rows)
    return once if len(once) == len(rows) else {*once, ("a row is repeated",)}


def find_situations(deliveries: list[Delivery], answer: dict[str, Any]) -> set[str]:
    """Which situations of the contract this world holds, found in its rows and the recount."""
    current = [delivery for delivery in deliveries if delivery.is_current]
    versions, eras, periods, reports, legacy_reports = (defaultdict(set) for _ in range(5))
    for delivery in current:
        for row in delivery.rows("demo"):
            number = row["caseid"].lstrip("0")
            versions[number].add(row.get("caseversion") or str(int(row.get("foll_seq") or 0) + 1))
            eras[number].add(delivery.era)
            periods[number].add(delivery.period)
            reports[row["primaryid"]].add(number)
            if delivery.era == "laers":
                legacy_reports[row["primaryid"]].add(number)
    listed = {
        (row["caseid"].lstrip("0"), delivery.period) for delivery in current for row in delivery.rows("deleted")
    }
    routes = defaultdict(set)
    for number, drug, route in answer["exposed"]:
        routes[(number, drug)].add(route)
    drugs = [drug for delivery in current for drug in delivery.rows("drug")]
    reactions = {(number, reaction) for number, _, _, reaction, _ in answer["reported"]}
    exposed_drugs = {name for _, name, _ in answer["exposed"]}
    found = {
        "versions 9 and 10": any({"9", "10"} <= numbers for numbers in versions.values()),
        "both eras of one case": any(len(seen) == 2 for seen in eras.values()),
        "one report id, two cases": any(len(numbers) == 2 for numbers in reports.values()),
        "one legacy report, two cases": any(len(numbers) > 1 for numbers in legacy_reports.values()),
        "deletion": any(number in versions and number not in answer["cases"] for number, _ in listed),
        "return": any(
            number in answer["cases"] and min(periods[number]) <= period < answer["cases"][number][2]
            for number, period in listed
        ),
        "several routes in a case": any(len(named - {"any", "not_intravenous"}) > 1 for named in routes.values()),
        "not intravenous": any("not_intravenous" in named for named in routes.values()),
        "a route that spoils the contrast": any(drug["route"].upper() in SPOILS for drug in drugs),
        "route unknown": any("unknown" in named for named in routes.values()),
        "both ketamines in a case": any(
            {"ketamine", "esketamine"} <= {drug for number, drug in routes if number == case} for case in versions
        ),
        "nausea and vomiting in a case": any(
            {(number, "nausea"), (number, "vomiting")} <= reactions for number in versions
        ),
        "concomitant or not given": any(drug["role_cod"] in ("C", "DN") for drug in drugs),
        "look-alike": any(drug["drugname"] in ("FLUMADINE", "NORKETAMINE", "NEXIUM") for drug in drugs),
        "combination": any(drug["drugname"] in ("NAMZARIC", "NUEDEXTA") for drug in drugs),
        "period received twice": any(not delivery.is_current for delivery in deliveries),
        "leading zeros": any(row["caseid"][0] == "0" for d in current for row in d.rows("demo")),
        "a duplicate by number": any(rule == "R0" for _, rule in answer["duplicates"].values()),
        "a duplicate by story": any(rule == "R1" for _, rule in answer["duplicates"].values()),
        "three cases of one person": len({kept for kept, _ in answer["duplicates"].values()})
        < len(answer["duplicates"]),
        "a country that no list knows": any(
            (row.get("occr_country") or "").strip().upper().endswith("ATLANTIS")
            for delivery in current
            for row in delivery.rows("demo")
        ),
        **_find_indications(answer),
        "a death": any(facts[-1] for facts in answer["cases"].values()),
        **{
            f"onset {basis}": any(counts[place] for counts in answer["onset"].values())
            for place, basis in enumerate(BASES, start=1)
        },
        "a dose from the fields": any(counts[3] for counts in answer["doses"].values()),
        "a dose from the text": any(counts[4] for counts in answer["doses"].values()),
        "a dose in doubt": any(counts[5] for counts in answer["doses"].values()),
        "an implausible dose": any(counts[9] for counts in answer["doses"].values()),
        "several starts": any(counts[9] for counts in answer["onset"].values()),
        "contradictory dechallenge": any(counts[15] for counts in answer["onset"].values()),
        **{f"subclass {name}": name in exposed_drugs for name in SUBCLASSES},
        **{f"legacy era, {name}": (name, "laers") in _find_eras_of_drugs(current, answer) for name in ("ketamine",)},
    }
    return {situation for situation, holds in found.items() if holds}


def _find_indications(answer: dict[str, Any]) -> dict[str, bool]:
    placed = answer["indicated"]
    whole = defaultdict(set)
    for number, drug, route, population, status in placed:
        if status == "any" and population not in ("any", "chronic_pain"):
            whole[number, drug, route].add(population)
    return {
        "indication labelled": any(row[-1] == "labelled" for row in placed),
        "indication not labelled": any(row[-1] == "not_labelled" for row in placed),
        "two populations of a drug by a route": any(len(found) > 1 for found in whole.values()),
        "the reaction is the indication": any(counts[4] for counts in answer["by_indication"].values()),
        "off-label use named": any(counts[6] for counts in answer["by_indication"].values()),
        "a route without a product": any(counts[1] for counts in answer["routes_with_product"].values()),
    }


SUBCLASSES = ("magnesium_parenteral", "magnesium_oral", "magnesium_gastrointestinal")
SITUATIONS = 45


def _find_eras_of_drugs(current: list[Delivery], answer: dict[str, Any]) -> set[tuple[str, str]]:
    era_of = {delivery.period: delivery.era for delivery in current}
    return {(drug, era_of[answer["cases"][number][2]]) for number, drug, _ in answer["exposed"]}
