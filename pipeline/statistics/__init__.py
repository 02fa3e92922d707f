"""The room for statistics that SQL cannot say: disproportionality of reports, pooled effects of trials.

Pure functions of arrays. No table, no database and no file is known here: whoever calls brings the counts.
`disproportionality` and `meta_analysis` are the two doors; the other modules are theirs.
A value that cannot be estimated is null (NaN in a float column) with a reason beside it, never infinity.
"""
