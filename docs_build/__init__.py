"""The documentation site: the pages of `docs/`, and the reference pages that are made from the code itself.

`python -m docs_build TARGET` writes the source of the site into TARGET: a copy of `docs/`, the Markdown that stands
elsewhere in the project, and the generated pages. Sphinx then builds it (`make docs`), from an environment of its own
(`requirements-docs.lock`), and `python -m docs_build.built` checks what was built.

A page is generated where the fact is already written in code: tables and columns (the contract), commands (the
parser), settings, DAGs, exit codes and messages. Nothing generated is committed.
"""
