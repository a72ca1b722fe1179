"""docs/document.md says of every attribute what the schema says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.state.rows import Policy
from ansible_collections.podnet.baremetal.plugins.module_utils.state.schema import SECTIONS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "document.md"


def page_rows() -> Iterator[tuple[str, str, str, str]]:
    """Section, kind or '', attribute and what changes it, of each row of the page's tables."""
    section = kind = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section, kind = line[3:].strip("`"), ""
        elif line.startswith("### "):
            kind = line[4:] if line[4:] in (SECTIONS[section].kinds or {}) else ""
        elif section and line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 5, line
            assert cells[1], f"without a meaning: {line}"
            yield section, kind, cells[0].strip("`"), cells[4]


def schema_rows() -> Iterator[tuple[str, str, str, str]]:
    """The same of the schema. An attribute that a kind only narrows is in the table of all links."""
    for name, section in SECTIONS.items():
        tables = {"": section.attributes, **(section.kinds or {})}
        for kind, rows in tables.items():
            for attribute, row in rows.items():
                if kind and attribute in section.attributes:
                    assert row.policy is section.attributes[attribute].policy
                    continue
                change = "key" if attribute in section.key else row.policy.value
                yield name, kind, attribute, change


def collapsed(rows: Iterator[tuple[str, str, str, str]]) -> dict[tuple[str, str, str], str]:
    """All offload features are one row of the page."""
    return {
        (section, kind, "features.NAME" if attribute.startswith("features.") else attribute): change
        for section, kind, attribute, change in rows
        if attribute != "port.NAME"
    }


def test_every_attribute_is_on_the_page_and_the_page_has_no_others() -> None:
    assert sorted(collapsed(page_rows())) == sorted(collapsed(schema_rows()))


@pytest.mark.parametrize(("section", "kind", "attribute"), sorted(collapsed(schema_rows())))
def test_the_page_says_what_changes_it(section: str, kind: str, attribute: str) -> None:
    said = collapsed(page_rows())[section, kind, attribute]
    assert said.split(";")[0] == collapsed(schema_rows())[section, kind, attribute]


def test_the_page_explains_every_policy() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [policy.value for policy in Policy if f"\n| {policy.value} | " not in text] == []
