"""The analysts' pages of one published snapshot: a folder of static files, made from the snapshot alone.

`build.build_site` opens the snapshot read-only, asks each page maker of `pages.MAKERS` in order for its pages,
renders them and puts the finished folder in place by one rename. Nothing in it is loaded from elsewhere, and
every page is complete without scripts.

How to add a page:

1. A module `pages/<name>.py` with
   - `make_pages(context) -> Iterator[Page]`: the pages, one after the other (a generator, so that a listing of many
     pages never lies in memory whole). `Page` is path (flat, such as `trials.html`), title, template, values; set
     `shows_reports=False` on a page without spontaneous reports, as all others carry their caveat, and
     `shows_trials=True` on one with counts of trials.
   - `name_links(context) -> tuple[Link, ...]`: what the navigation shows of it, in the group "main", "drugs" or
     "about". Only paths that `make_pages` makes.
2. A template `templates/<name>.html` that begins with `{% extends "base.html" %}` and fills the block `content`. Its
   values are those of the page, and the `context`. Everything is escaped; markup comes from `charts.draw` alone.
3. A line in `pages.MAKERS`: the order there is that of the navigation.

What a page is made with:

- `context` (`context.Context`): the facts of the snapshot (`snapshot_id`, `sources`, `is_synthetic`, `caveats`, ...),
  `context.ask(query, parameters) -> list[dict]` (values only as parameters, never in the text of a query),
  `context.has_table(name)` for tables that an older snapshot does not have, `context.verdict` (quality.json) and
  `context.manifest`.
- `tables.make_table(id, caption, columns, rows)`, shown with `{{ show_table(table) }}` from `_table.html`: sorted by
  script, aligned by the form of each column, filtered by the columns named in `filters`.
- `charts`: functions from a DataFrame to an Altair chart, and `draw(make_chart, label, prefix)`, which draws it for a
  wide and for a narrow page. The numbers of a chart always stand in a table of the same page as well.
- `words`: a value of a vocabulary as people say it (`say_drug`, `say_route`, ...), and `name_file` for paths.
- `numbers`: counts, ratios and intervals as text.
"""
