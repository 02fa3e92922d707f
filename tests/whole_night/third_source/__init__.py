"""What a person writes to add a source: `files/` are new files, `lines/` are rows for lists that there are.

The register is invented. `test_third_source.py` puts these into a copy of the project and runs it.
"""
