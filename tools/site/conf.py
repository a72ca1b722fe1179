"""Sphinx settings of the documentation that `make docs` builds."""

from __future__ import annotations

project = "podnet.baremetal"
html_theme = "alabaster"
html_theme_options = {"page_width": "75em", "fixed_sidebar": True}
extensions = ["myst_parser", "sphinx_antsibull_ext"]
# Pages of the checkout that are no part of the site.
exclude_patterns = ["changelogs", "lab", "molecule", "reference/index.rst", "tests", "tools"]
# The README and the roles' pages are read on their own too and link to files of the checkout.
suppress_warnings = ["myst.xref_missing"]
