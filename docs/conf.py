"""How Sphinx builds the site from the folder that `python -m docs_build` wrote."""

project = "Nightvigil"
html_title = "Nightvigil"
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["conf.py"]
nitpicky = True
smartquotes = False  # a command is copied as it stands

html_theme = "furo"
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
pygments_style = "friendly"
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
