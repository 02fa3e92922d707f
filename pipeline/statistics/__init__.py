"""Statistics that SQL cannot express: disproportionality of reports, pooled effects of trials.

Pure functions of arrays. No table, database or file is read here: the caller passes the counts.
`disproportionality` and `meta_analysis` are the public modules; the others serve them.
A value that cannot be estimated is null (NaN in a float column) with a reason beside it, never infinity.
"""
