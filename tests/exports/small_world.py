"""A small invented world of cases, and the published count tables that follow from it, in plain Python."""

import random
from collections import Counter
from dataclasses import dataclass
from itertools import product

import duckdb

DRUGS = ("ketamine", "esketamine", "ketamine_any", "magnesium", "magnesium_oral", "memantine")
ROUTES = ("intravenous", "oral", "intranasal", "unknown", "any", "not_intravenous")
REACTIONS = ("nausea", "vomiting", "nausea_or_vomiting", "confusion")
KEY = ("source", "drug", "route", "reaction", "definition")
COLUMNS = {
    "reported_by_drug_route": (
        *KEY, "case_count", "serious_case_count", "fatal_case_count", "case_count_deduplicated",
        "drug_route_case_count", "route_unknown_case_count", "first_received_date", "last_received_date",
    ),
    "reported_by_drug_route_quarter": (
        *KEY, "quarter", "case_count", "serious_case_count", "fatal_case_count", "case_count_deduplicated",
        "drug_route_case_count", "route_unknown_case_count", "first_received_date", "last_received_date",
    ),
    "reported_by_patient": (
        *KEY, "age_band", "sex", "reporter_type", "country", "expedited", "case_count", "serious_case_count",
        "fatal_case_count", "drug_route_case_count",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One case: routes by drug, definitions by reaction (narrow terms are broad as well), and what splits it."""

    routes: dict[str, frozenset[str]]
    reactions: dict[str, frozenset[str]]
    quarter: str
    patient: tuple[str, ...]
    is_serious: bool
    is_fatal: bool
    is_duplicate: bool

    def list_cells(self) -> list[tuple[str, ...]]:
        return [
            ("faers", drug, route, reaction, definition)
            for drug, routes in self.routes.items()
            for route in roll_routes(routes)
            for reaction, definitions in roll_reactions(self.reactions).items()
            for definition in definitions
        ]

    def list_exposed(self) -> list[tuple[str, ...]]:
        return [("faers", drug, route) for drug, routes in self.routes.items() for route in roll_routes(routes)]


def roll_routes(routes: frozenset[str]) -> frozenset[str]:
    named = routes - {"unknown"}
    rolled = {"any", *(named or {"unknown"})}
    return frozenset(rolled | ({"not_intravenous"} if named and "intravenous" not in named else set()))


def roll_reactions(reactions: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    union = reactions.get("nausea", frozenset()) | reactions.get("vomiting", frozenset())
    return {**reactions, **({"nausea_or_vomiting": union} if union else {})}


def invent_cases(seed: int, size: int) -> list[Case]:
    """Cases of one to two drugs; some worlds have one route only, or serious cases only, as real ones do."""
    draw = random.Random(seed)
    routes = draw.choice(
        [("intravenous",), ("intravenous", "oral"), ("intravenous", "oral", "intranasal", "unknown")]
    )
    quarters = [f"2024Q{number}" for number in range(1, draw.choice([2, 4, 5]))]
    countries = draw.choice([("US",), ("US", "NA"), ("US", "NA", "FR", "JP")])
    serious = draw.choice([0.5, 1.0])
    cases = []
    for _ in range(size):
        single = draw.choice(["ketamine", "ketamine", "esketamine", "magnesium", "memantine"])
        by_drug = {single: frozenset(draw.sample(routes, draw.choice([1, 1, 1, min(2, len(routes))])))}
        if single == "magnesium" and draw.random() < 0.5:
            by_drug["magnesium_oral"] = frozenset(by_drug["magnesium"])
        if single in ("ketamine", "esketamine"):
            if draw.random() < 0.1:
                by_drug["esketamine" if single == "ketamine" else "ketamine"] = frozenset([draw.choice(routes)])
            parts = [by_drug[drug] for drug in ("ketamine", "esketamine") if drug in by_drug]
            by_drug["ketamine_any"] = frozenset().union(*parts)
        chosen = draw.sample(["nausea", "vomiting", "confusion"], draw.choice([0, 1, 1, 2]))
        reactions = {each: frozenset(draw.choice([("broad",), ("narrow", "broad")])) for each in chosen}
        is_serious = draw.random() < serious
        cases.append(
            Case(
                by_drug, reactions, draw.choice(quarters),
                (draw.choice(["18-44", "65-74"]), "female", "physician", draw.choice(countries), "expedited"),
                is_serious, is_serious and draw.random() < 0.2, draw.random() < 0.1,
            )
        )  # fmt: skip
    return cases


def count_tables(cases: list[Case]) -> dict[str, list[tuple[object, ...]]]:
    """The three tables, each as rows in the order of its columns."""
    exposed = Counter(each for case in cases for each in case.list_exposed())
    kinds = {
        "case": lambda case: True,
        "serious": lambda case: case.is_serious,
        "fatal": lambda case: case.is_fatal,
        "kept": lambda case: not case.is_duplicate,
    }
    totals = {
        kind: Counter(c for case in cases if is_of(case) for c in case.list_cells()) for kind, is_of in kinds.items()
    }
    quarters = {
        kind: Counter((*c, case.quarter) for case in cases if is_of(case) for c in case.list_cells())
        for kind, is_of in kinds.items()
    }
    exposed_quarters = Counter((*each, case.quarter) for case in cases for each in case.list_exposed())
    patients = {
        kind: Counter((*c, *case.patient) for case in cases if is_of(case) for c in case.list_cells())
        for kind, is_of in kinds.items()
    }
    exposed_patients = Counter((*each, *case.patient) for case in cases for each in case.list_exposed())
    spread = list(product(REACTIONS, ("narrow", "broad")))
    return {
        "reported_by_drug_route": [
            (*at, *cell, *(totals[kind][(*at, *cell)] for kind in kinds), exposed[at],
             exposed[(*at[:2], "unknown")], None, None)
            for at in sorted(exposed) for cell in spread
        ],
        "reported_by_drug_route_quarter": [
            (*at[:3], *cell, at[3], *(quarters[kind][(*at[:3], *cell, at[3])] for kind in kinds),
             exposed_quarters[at], exposed_quarters[(*at[:2], "unknown", at[3])], None, None)
            for at in sorted(exposed_quarters) for cell in spread
        ],
        "reported_by_patient": [
            (*at, number, patients["serious"][at], patients["fatal"][at], exposed_patients[(*at[:3], *at[5:])])
            for at, number in sorted(patients["case"].items())
        ],
    }  # fmt: skip


def build_database(tables: dict[str, list[tuple[object, ...]]]) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds the tables and the code lists of roll-ups."""
    connection = duckdb.connect()
    for schema in ("summary", "codes"):
        connection.execute(f"create schema {schema}")
    fill_database(connection, tables)
    return connection


def fill_database(connection: duckdb.DuckDBPyConnection, tables: dict[str, list[tuple[object, ...]]]) -> None:
    """Put the tables and the code lists into the schemas `summary` and `codes`."""
    for table, names in COLUMNS.items():
        listed = ", ".join(
            f"{name} {'date' if 'date' in name else 'bigint' if 'count' in name.split('_') else 'varchar'}"
            for name in names
        )
        connection.execute(f"create table summary.{table} ({listed})")
        if tables[table]:
            lists = ", ".join("unnest(?)" for _ in names)
            columns = [list(column) for column in zip(*tables[table], strict=True)]
            connection.execute(f"insert into summary.{table} select {lists}", columns)
    connection.execute(
        "create table codes.reaction_rollup as from (values ('nausea', 'nausea_or_vomiting'), "
        "('vomiting', 'nausea_or_vomiting')) as list (reaction, rollup)"
    )
    connection.execute(
        "create table codes.drug_rollup as from (values ('ketamine', 'ketamine_any'), "
        "('esketamine', 'ketamine_any')) as list (drug, rollup)"
    )
