"""Files for other managers of the network are theirs to read, whatever a site has for ansible_managed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from ansible.plugins.filter.core import FilterModule
from jinja2 import Environment

from tests.gates.checkout import ROOT

TEMPLATES = sorted((ROOT / "roles" / "host" / "templates").iterdir())
VARIABLES = {
    "fabric_plan": {"tunnels": [{"name": "podnet-vxlan"}]},
    "host_links": ["podnet-vxlan"],
    "host_planned": {"cluster": {"bridge": {"name": "cni0"}}},
    "host_ports": ["4789/udp"],
}


def rendered(template: Path, managed: str) -> str:
    environment = Environment(trim_blocks=True, autoescape=False)
    environment.filters.update({**FilterModule().filters(), "split": str.split})
    return environment.from_string(template.read_text()).render(VARIABLES, ansible_managed=managed)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_what_a_site_says_of_managed_files_is_a_comment(template: Path) -> None:
    managed = "Of our site:\n--- do not edit --\n"
    text = rendered(template, managed)
    if ".xml" in template.name:
        assert ElementTree.fromstring(text.encode()).find("short") is not None
    else:
        assert [line for line in text.splitlines() if "site" in line or "edit" in line] == [
            f"# {line}" for line in managed.splitlines()
        ]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_ansibles_own_words_are_one_line(template: Path) -> None:
    line, after = rendered(template, "Ansible managed").splitlines()[".xml" in template.name :][:2]
    assert line in ("# Ansible managed", "<!-- Ansible managed -->")
    assert after != ""
