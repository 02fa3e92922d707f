"""Lists: how they are collected, read, unnested and compared."""

import sqlglot
from sqlglot import exp

from pipeline.spark.rules.parts import call, is_call_of, number, refuse


def collect_lists(node: exp.Expr) -> exp.Expr:
    """`list` keeps nulls and its order, and is null without a row; `collect_list` drops nulls, has no order, and is
    empty. `string_agg` is made of the same list: Spark cannot run two of its own in one SELECT."""
    inner = node
    while isinstance(inner, (exp.Filter, exp.Window)):
        inner = inner.this
    is_outermost = not (isinstance(node.parent, (exp.Filter, exp.Window)) and node.arg_key == "this")
    if not isinstance(inner, (exp.ArrayAgg, exp.GroupConcat)) or not is_outermost:
        return node
    value, keys, is_distinct = _read_list(inner)
    members = [exp.alias_(value.copy(), "value", copy=False)]
    members += [exp.alias_(key.this.copy(), f"key_{place}", copy=False) for place, key in enumerate(keys)]
    collected = call("collect_list", exp.Struct(expressions=members))
    if inner is not node:
        inner.replace(collected)
        collected = node
    if keys:
        collected = call("array_sort", collected.copy(), _comparison(keys))
    values = call("transform", collected.copy(), _lambda(["member"], "member.value"))
    if is_distinct:
        values = call("array_distinct", values)
    if isinstance(inner, exp.ArrayAgg):
        return exp.Nullif(this=values, expression=call("array"))
    stated = call("nullif", call("array_compact", values), call("array"))
    return call("array_join", stated, inner.args["separator"].copy())


def _read_list(node: exp.ArrayAgg | exp.GroupConcat) -> tuple[exp.Expr, list[exp.Ordered], bool]:
    """What is listed, the keys of its order, and whether each value is listed once."""
    value, keys, is_distinct = node.this, [], False
    if isinstance(value, exp.Order):
        value, keys = value.this, value.expressions
    if isinstance(value, exp.Distinct):
        (value,), is_distinct = value.expressions, True
        if any(key.this != value for key in keys):
            raise refuse(node, "a list of distinct values in another order than their own")
    if any(key.args.get("nulls_first") for key in keys):
        raise refuse(node, "a list with nulls first")
    return value, keys, is_distinct


def _comparison(keys: list[exp.Ordered]) -> exp.Expr:
    """How two members compare by their keys: nulls are last whichever the direction, as DuckDB has them."""
    cases = []
    for place, key in enumerate(keys):
        left, right = f"l.key_{place}", f"r.key_{place}"
        first, last = (1, -1) if key.args.get("desc") else (-1, 1)
        cases.append(f"when {left} < {right} then {first} when {left} > {right} then {last}")
        cases.append(f"when {left} is null and {right} is not null then 1")
        cases.append(f"when {left} is not null and {right} is null then -1")
    return _lambda(["l", "r"], f"case {' '.join(cases)} else 0 end")


def _lambda(arguments: list[str], body: str) -> exp.Expr:
    return exp.Lambda(
        this=sqlglot.parse_one(body, read="duckdb"), expressions=[exp.to_identifier(name) for name in arguments]
    )


def read_lists(node: exp.Expr) -> exp.Expr:
    """Members are counted from 1 in DuckDB; a place beyond the end gives null in both."""
    if isinstance(node, exp.Bracket) and len(node.expressions) == 1:
        return _member(node, node.expressions[0])
    if is_call_of(node, "list_position"):
        return exp.Nullif(this=call("array_position", *node.args["expressions"]), expression=number(0))
    if is_call_of(node, "list_reduce"):
        values, step, beginning = node.args["expressions"]
        return call("aggregate", values, beginning, step)
    return node


def compare_lists(node: exp.Expr) -> exp.Expr:
    """What one list holds of another; a null among the members decides nothing in DuckDB."""
    if isinstance(node, exp.ArrayOverlaps):
        return _decide("arrays_overlap", node.this, node.expression)
    if isinstance(node, exp.ArrayContains):
        return _decide("array_contains", node.this, node.expression)
    if is_call_of(node, "list_has_all"):
        whole, part = node.args["expressions"]
        missing = call("array_except", call("array_compact", part), whole)
        return exp.EQ(this=call("size", missing), expression=number(0))
    return node


def _decide(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A test of lists that is false, not undecided, where nothing is found beside a null."""
    absent = exp.or_(*[exp.Is(this=each.copy(), expression=exp.null()) for each in arguments])
    undecided = exp.If(this=absent, true=exp.null(), false=exp.false())
    return call("coalesce", call(name, *arguments), undecided)


def _member(node: exp.Bracket, index: exp.Expr) -> exp.Expr:
    """The member at a place. SQLGlot has counted a literal place from 0 already."""
    if isinstance(index, exp.Slice):
        raise refuse(node, "a part of a list")
    if isinstance(index, exp.Literal):
        return node if index.is_string else call("get", node.this, index)
    return call("get", node.this, exp.Sub(this=exp.paren(index), expression=number(1)))


def unnest_side_by_side(node: exp.Expr) -> exp.Expr:
    """Lists that are unnested side by side: the shorter end in nulls. Spark generates from one list a SELECT."""
    if not isinstance(node, exp.Select):
        return node
    generators = [each for each in node.expressions if isinstance(each.unalias(), exp.Explode)]
    if len(generators) < 2:
        return node
    lists = [each.unalias().this for each in generators]
    sizes = [call("size", each.copy()) for each in lists]
    last = exp.Sub(this=call("greatest", *sizes), expression=number(1))
    places = exp.GenerateSeries(start=number(0), end=last)
    names = {"alias": exp.TableAlias(this=exp.to_identifier("unnested"), columns=[exp.to_identifier("place")])}
    view = exp.Lateral(this=exp.Explode(this=make_series(places)), view=True, outer=False, **names)
    for generator, values in zip(generators, lists, strict=True):
        member = call("get", values.copy(), exp.column("place", "unnested"))
        generator.replace(exp.alias_(member, generator.alias))
    node.append("laterals", view)
    return node


def make_series(node: exp.Expr) -> exp.Expr:
    """A series that ends before it begins is empty; Spark's would run backwards."""
    if not isinstance(node, exp.GenerateSeries):
        return node
    if node.args.get("step"):
        raise refuse(node, "a series with a step")
    begin, end = node.args["start"], node.args["end"]
    if node.args.get("is_end_exclusive"):
        end = exp.Sub(this=exp.paren(end), expression=number(1))
    forwards = call("sequence", begin.copy(), end.copy())
    return exp.If(this=exp.GTE(this=exp.paren(end), expression=begin), true=forwards, false=call("array"))
