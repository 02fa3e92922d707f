"""The rules that follow from the contract of a table: structure only, never arithmetic.

Each is a rule like those in `expectations/`, with a name and a `why`. Its fact is one SQL expression, so that all
facts of a table are found by one scan (`facts.py`); its query shows the offending rows.
"""

from collections.abc import Iterator

from pipeline.contract import CODES, Column, Contract
from pipeline.quality.rules import CONTRACT_EXPECTATION, Rule

COLUMNS_RULE = "columns and types"
KEY_RULE = "one row per key"
STATED_KEY_RULE = "its key is stated"
NO_ROW_RULE = "no row"
ROW_RULE = "the table is not empty"
FILLED_LAYERS = ("clean", "events", "intermediate", "summary")


def derive_rules(contract: Contract, table: str, *, counts_rows: bool) -> list[Rule]:
    """The structural rules of one table. counts_rows: a handwritten rule states how many rows it may have."""
    layer, _, _ = table.partition(".")
    columns = contract.columns[table]
    if layer == "verify":
        truth = contract.truths[table]
        no_row = _rule(NO_ROW_RULE, "count(*)", "select * from {batch}", truth.why, truth.severity)
        return [no_row, _columns_rule(columns)]
    rules = [] if counts_rows or layer not in FILLED_LAYERS else [_row_rule()]
    key = contract.keys.get(table, ())
    return [*rules, _columns_rule(columns), *_key_rules(key, columns), *_column_rules(contract, key, columns)]


def _row_rule() -> Rule:
    fact = "if(count(*) = 0, 1, 0)"
    query = "select count(*) as row_count from {batch} having count(*) = 0"
    return _rule(ROW_RULE, fact, query, "every other rule passes on an empty table")


def _columns_rule(columns: tuple[Column, ...]) -> Rule:
    """Great Expectations cannot reflect DuckDB's types, so the promise is compared with `describe`."""
    promised = ", ".join(f"({_literal(column.name)}, {_literal(column.type.upper())})" for column in columns)
    query = (
        "select column_name, promised_type, built_type "  # noqa: S608 - names of our own contract
        f"from (values {promised}) as promised(column_name, promised_type) "
        "full join (select column_name, column_type as built_type from (describe select * from {batch})) as built "
        "using (column_name) where promised_type is distinct from built_type"
    )
    why = "readers rely on these columns and types; one that is gone, new or of another type breaks their queries"
    return _rule(COLUMNS_RULE, _count_of(query), query, why)


def _key_rules(key: tuple[str, ...], columns: tuple[Column, ...]) -> Iterator[Rule]:
    """Equal keys have equal hashes: only rows whose hash occurs twice are grouped by the key itself."""
    if not key:
        return
    names = ", ".join(map(_quoted, key))
    repeated = f"select hash({names}) from {{batch}} group by all having count(*) > 1"  # noqa: S608 - our own names
    query = (
        f"select {names}, count(*) as row_count from {{batch}} "  # noqa: S608 - our own names
        f"where hash({names}) in ({repeated}) group by {names} having count(*) > 1"
    )
    yield _rule(KEY_RULE, _count_of(query), query, "a row that occurs twice is counted or read twice")
    nullable = {column.name for column in columns if column.nullability == "nullable key"}
    stated = [name for name in key if name not in nullable]
    if stated:
        condition = " or ".join(f"{_quoted(name)} is null" for name in stated)
        why = "a row without its key joins to nothing and is lost from every count"
        yield _row_wise(STATED_KEY_RULE, condition, why)


def _column_rules(contract: Contract, key: tuple[str, ...], columns: tuple[Column, ...]) -> Iterator[Rule]:
    for column in columns:
        name = _quoted(column.name)
        if column.must_be_stated and column.name not in key:
            why = f"readers rely on a value: {column.meaning}"
            yield _row_wise(f"{column.name} is stated", f"{name} is null", why, column.stated_severity)
        if column.is_count:
            yield _row_wise(f"{column.name} is not negative", f"{name} < 0", "a count is a whole number from 0 up")
        if column.alternatives:
            condition = " and ".join(f"{name} not in ({_words(contract, each)})" for each in column.alternatives)
            why = (
                f"readers filter by these words ({column.vocabulary.removesuffix(' warning')}); "
                "a value outside them is missing from every filter"
            )
            yield _row_wise(f"{column.name} is a known word", condition, why, column.vocabulary_severity)


def _words(contract: Contract, alternative: str) -> str:
    if alternative.startswith(CODES):
        code_list, column = alternative.removeprefix(CODES).split(".")
        name = _quoted(column)
        return f"select {name} from codes.{_quoted(code_list)} where {name} is not null"  # noqa: S608 - our own names
    return ", ".join(map(_literal, contract.list_words(alternative)))


def _row_wise(name: str, condition: str, why: str, severity: str = "critical") -> Rule:
    """A rule broken by each row for which the condition holds."""
    query = f"select * from {{batch}} where {condition}"  # noqa: S608 - names and words of our own contract
    return _rule(name, f"count(*) filter (where {condition})", query, why, severity)


def _rule(name: str, fact: str, query: str, why: str, severity: str = "critical") -> Rule:
    parameters = {"unexpected_rows_query": query}
    return Rule(name, CONTRACT_EXPECTATION, parameters, "contract", severity, why, fact=fact)


def _count_of(query: str) -> str:
    return f"(select count(*) from ({query}))"  # noqa: S608 - our own names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    """A word as SQL; braces are doubled, since each query is a template of `{batch}`."""
    return "'" + value.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"
