"""Landing: a delivery is accepted whole or refused, and every line and record of it is accounted for.

The modules here serve every source; what a member, a table or a period is, `pipeline.sources` defines.
"""
