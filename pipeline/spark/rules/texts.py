"""Texts: blanks, letters and regular expressions, which DuckDB and Java read differently."""

from sqlglot import exp

from pipeline.spark.letters import read_changes
from pipeline.spark.regexes import translate_pattern, translate_replacement
from pipeline.spark.rules.parts import call, is_call_of, number, refuse, text

BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What DuckDB's `trim` takes away: the characters of Unicode's class of spaces (Zs)."""


def trim_blanks(node: exp.Expr) -> exp.Expr:
    """DuckDB trims every space of Unicode, Spark blanks only."""
    if isinstance(node, exp.Trim) and node.expression is None:
        return exp.Trim(this=node.this, expression=text(BLANKS), position=node.args.get("position") or "BOTH")
    return node


def change_letters(node: exp.Expr) -> exp.Expr:
    """Letters become what DuckDB makes of them, by lists; texts of ASCII alone, which are most, need none."""
    if is_call_of(node, "strip_accents"):
        change = read_changes("strip_accents")
        return call("translate", node.expressions[0], text(change.before), text(change.after))
    if not isinstance(node, exp.Upper | exp.Lower):
        return node
    name = "upper" if isinstance(node, exp.Upper) else "lower"
    change = read_changes(name)
    is_ascii = call("rlike", node.this.copy(), text(r"\A[\x00-\x7f]*\z"))
    changed = call("translate", node.this, text(change.before), text(change.after))
    return exp.If(this=is_ascii, true=call(name, node.this.copy()), false=changed)


def use_patterns_of_java(node: exp.Expr) -> exp.Expr:
    """Regular expressions in Java's words."""
    if isinstance(node, exp.RegexpReplace):
        return _replace(node)
    if isinstance(node, exp.RegexpFullMatch):
        return call("rlike", node.this, _join(text(r"\A(?:"), _pattern(node.expression), text(r")\z")))
    if isinstance(node, exp.RegexpLike):
        if node.args.get("flag"):
            raise refuse(node, "a pattern with options")
        return call("rlike", node.this, _pattern(node.expression))
    if isinstance(node, exp.RegexpSplit):
        return call("split", node.this, _pattern(node.expression), number(-1))
    if isinstance(node, exp.RegexpExtract | exp.RegexpExtractAll):
        name = "regexp_extract" if isinstance(node, exp.RegexpExtract) else "regexp_extract_all"
        return call(name, node.this, _pattern(node.expression), node.args.get("group") or number(0))
    return node


def _replace(node: exp.RegexpReplace) -> exp.Expr:
    """Spark replaces every match. Without the mark `g` DuckDB replaces the first, so that what precedes it is matched
    too and put back."""
    modifiers = node.args.get("modifiers")
    marks = modifiers.name if modifiers else ""
    new = node.args.get("replacement") or text("")
    if not isinstance(new, exp.Literal) or marks not in ("", "g"):
        raise refuse(node, "a replacement that is no literal, or its marks")
    pattern = _pattern(node.expression)
    if marks == "g":
        return call("regexp_replace", node.this, pattern, text(translate_replacement(new.name)))
    first = _join(text(r"(?s)\A(.*?)((?:"), pattern, text("))"))
    return call("regexp_replace", node.this, first, text("$1" + translate_replacement(new.name, groups_before=2)))


def _pattern(node: exp.Expr) -> exp.Expr:
    """A pattern as Java reads it: literals are translated, columns of patterns were when their table was shown."""
    if isinstance(node, exp.Paren):
        return _pattern(node.this)
    if isinstance(node, exp.Literal) and node.is_string:
        return text(translate_pattern(node.name))
    if isinstance(node, exp.DPipe):
        return text(translate_pattern(_read_joined(node)))
    if isinstance(node, exp.Column):
        return node
    raise refuse(node, "a pattern that is neither a literal nor a column")


def _read_joined(node: exp.Expr) -> str:
    if isinstance(node, exp.DPipe):
        return _read_joined(node.left) + _read_joined(node.right)
    if isinstance(node, exp.Literal) and node.is_string:
        return node.name
    raise refuse(node, "a pattern that is joined of other things than literals")


def _join(*parts: exp.Expr) -> exp.Expr:
    texts = [part for part in parts if isinstance(part, exp.Literal)]
    if len(texts) == len(parts):
        return text("".join(part.name for part in texts))
    return call("concat", *parts)
