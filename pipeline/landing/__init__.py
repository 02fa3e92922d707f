"""The door: bytes in, whole or not at all, every line and record accounted for.

Source-neutral: what a member, a table or a period is, the modules of `pipeline.sources` say.
"""
