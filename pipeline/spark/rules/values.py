"""Values: conditions, aggregates, numbers, dates and hashes."""

from sqlglot import exp

from pipeline.spark.rules.parts import call, is_call_of, number, refuse, text


def complete_conditions(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case) and node.args.get("false") is None:
        node.set("false", exp.null())
    return node


def aggregate_values(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.IgnoreNulls) and isinstance(node.this, exp.AnyValue):
        return call("any_value", node.this.this, exp.true())
    if isinstance(node, (exp.ArgMin, exp.ArgMax)):
        name = "min_by" if isinstance(node, exp.ArgMin) else "max_by"
        # DuckDB leaves out rows whose value is null, Spark those whose order is
        present = exp.If(
            this=exp.Is(this=node.this.copy(), expression=exp.null()).not_(), true=node.expression, false=exp.null()
        )
        return call(name, node.this, present)
    return node


def read_dates(node: exp.Expr) -> exp.Expr:
    """`try_strptime` of digits alone, written with hyphens: Spark's formats forgive other things than DuckDB's."""
    if not is_call_of(node, "try_strptime"):
        return node
    value, form = node.args["expressions"]
    widths = {"%Y%m%d": (8, ()), "%Y%m": (6, ("-01",)), "%Y": (4, ("-01", "-01"))}
    if form.name not in widths:
        raise refuse(node, "a form of dates")
    width, completed = widths[form.name]
    stated = [(1, 4), (5, 2), (7, 2)][: (width - 2) // 2]
    pieces: list[exp.Expr] = []
    for begin, length in stated:
        pieces += [text("-")] if pieces else []
        pieces.append(call("substr", value.copy(), number(begin), number(length)))
    written = call("concat", *pieces, *map(text, completed))
    is_digits = call("rlike", value.copy(), text(rf"\A[0-9]{{{width}}}\z"))
    day = exp.TryCast(this=written, to=exp.DataType.build("DATE"), safe=True)
    return exp.If(this=is_digits, true=day, false=exp.null())


def hash_values(node: exp.Expr) -> exp.Expr:
    """A hash is compared within one table and never published; the number itself differs between the engines."""
    if is_call_of(node, "hash"):
        return exp.cast(call("xxhash64", *node.args["expressions"]), "DECIMAL(38, 0)")
    return node


def refuse_fractions(node: exp.Expr) -> exp.Expr:
    """A literal with a fraction is a decimal here and a double there, as what stands beside it decides."""
    if isinstance(node, exp.Literal) and not node.is_string and "." in node.name:
        raise refuse(node, "a number with a fraction")
    return node


def round_numbers(node: exp.Expr) -> exp.Expr:
    """DuckDB rounds a double by multiplying, Spark by its shortest decimal digits."""
    places = node.args.get("decimals") if isinstance(node, exp.Round) else None
    if places is None:
        return node
    if not isinstance(places, exp.Literal):
        raise refuse(node, "a rounding to other than a number of decimals")
    factor = exp.cast(exp.Literal.number(10 ** int(places.name)), "DOUBLE")
    scaled = exp.Mul(this=exp.paren(node.this), expression=factor)
    return exp.Div(this=call("round", scaled, number(0)), expression=factor.copy())
