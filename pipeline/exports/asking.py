"""One question to a snapshot: a drug, and where wanted a route and a reaction; the tables that answer it."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from pipeline.errors import UsageError
from pipeline.quoting import literal

TABLES = (
    "reported_by_drug_route",
    "reported_by_drug_route_quarter",
    "reported_by_patient",
    "signal",
    "signal_by_quarter",
    "route_contrast",
    "route_contrast_adjusted",
    "observed_by_drug_route",
    "trial_effect",
    "finding",
    "evidence_gap",
    "attrition",
)
ROLLED_ROUTES = ("any", "not_intravenous")


@dataclass(frozen=True)
class Question:
    """drug; route and reaction: None where all are wanted. parts: of the reaction, where it is a roll-up."""

    drug: str
    route: str | None = None
    reaction: str | None = None
    parts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The question as a name for files."""
        return "_".join(part for part in (self.drug, self.route, self.reaction) if part)

    @property
    def reactions(self) -> tuple[str, ...]:
        """The reactions that are asked for: the one, and its parts."""
        return (self.reaction, *self.parts) if self.reaction else ()


@dataclass(frozen=True)
class Query:
    """One table of a bundle: its name there, its SELECT, and the table that it reads."""

    name: str
    sql: str
    table: str


def read_question(
    connection: duckdb.DuckDBPyConnection, drug: str, route: str | None, reaction: str | None
) -> Question:
    """The question of a person. Raises UsageError with the words that there are for one that the snapshot lacks."""
    cells = (
        "(select drug, route, reaction from summary.reported_by_drug_route "
        "union select drug, route, reaction from summary.observed_by_drug_route)"
    )
    for name, given in (("drug", drug), ("route", route), ("reaction", reaction)):
        known = [row[0] for row in connection.execute(f"select distinct {name} from {cells} order by all").fetchall()]  # noqa: S608
        if given is not None and given not in known:
            raise UsageError(
                f"the snapshot has no {name} {given!r}",
                where="nightvigil bundle",
                todo=f"name one of: {', '.join(known)}" if known else "choose a snapshot that holds data",
            )
    parts = connection.execute(
        "select reaction from codes.reaction_rollup where rollup = ? order by all", [reaction or ""]
    ).fetchall()
    return Question(drug, route, reaction, tuple(row[0] for row in parts))


def list_queries(connection: duckdb.DuckDBPyConnection, question: Question) -> list[Query]:
    """The tables of a bundle, each restricted to the question as far as it has the columns for it."""
    return list(_list_queries(connection, question))


def _list_queries(connection: duckdb.DuckDBPyConnection, question: Question) -> Iterator[Query]:
    for name in TABLES:
        table = f"summary.{name}"
        columns = [
            row[0]
            for row in connection.execute(
                "select column_name from meta.column where table_name = ?", [table]
            ).fetchall()
        ]
        if columns:
            conditions = list(_list_conditions(question, columns))
            where = f" where {' and '.join(conditions)}" if conditions else ""
            yield Query(name, f"select * from {table}{where} order by all", table)  # noqa: S608 - literals are quoted
    reactions = f" where reaction in ({_list_literals(question.reactions)})" if question.reactions else ""
    yield Query("reaction_terms", f"select * from codes.reaction{reactions} order by all", "codes.reaction")  # noqa: S608
    names = ", ".join(literal(f"summary.{name}") for name in TABLES)
    yield Query(
        "columns",
        "select table_name, column_name, column_type, meaning from meta.column "  # noqa: S608
        f"where table_name in ({names}, 'codes.reaction') order by all",
        "meta.column",
    )


def _list_conditions(question: Question, columns: list[str]) -> Iterator[str]:
    if "drug" in columns:
        yield f"drug = {literal(question.drug)}"
    elif "drugs_text" in columns:
        yield f"list_contains(string_split(drugs_text, '; '), {literal(question.drug)})"
    if question.route and "route" in columns:
        # A route is read beside all cases of the drug and its other routes.
        yield f"route in ({_list_literals((question.route, *ROLLED_ROUTES, 'unknown'))})"
    if question.reactions and "reaction" in columns:
        yield f"reaction in ({_list_literals(question.reactions)})"


def _list_literals(words: tuple[str, ...]) -> str:
    return ", ".join(literal(word) for word in dict.fromkeys(words))
