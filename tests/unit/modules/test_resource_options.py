"""The options of the modules for single resources are the attributes of the document, all and alike."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import Resource
from ansible_collections.podnet.baremetal.plugins.module_utils.state.rows import Attribute
from ansible_collections.podnet.baremetal.plugins.module_utils.state.schema import SECTIONS
from tests.gates.checkout import modules

PLUGINS = "ansible_collections.podnet.baremetal.plugins.modules"
#: Of numbers that have names as well: such an option is text, and the normaliser takes digits.
NAMES = ("main", "static", "tcp", "inherit")
#: How a normaliser's refusal tells what it takes, and what type an option must have for that.
TYPES = {"is neither true nor false": "bool", "is no whole number": "int", "is no list": "list"}


def resources() -> dict[str, Resource]:
    """The modules that are about one section, by name."""
    found = {name: importlib.import_module(f"{PLUGINS}.{name}") for name in modules()}
    return {name: module.RESOURCE for name, module in found.items() if hasattr(module, "RESOURCE")}


RESOURCES = resources()


def rows(resource: Resource) -> Iterator[tuple[str, Attribute]]:
    """Every attribute that an object of the section can have, of whatever kind it is."""
    section = SECTIONS[resource.section]
    for table in (section.attributes, *(section.kinds or {}).values()):
        # The dozens of offload features are one dictionary, for they come and go with kernels.
        yield from ((name, row) for name, row in table.items() if not name.startswith("features."))


def options_of(resource: Resource) -> dict[str, dict[str, Any]]:
    """The options of one object; those of nested objects by names with a dot, as the schema has them."""
    found: dict[str, dict[str, Any]] = {}
    for name, spec in resource.options.items():
        nested = spec.get("options", {}) if name in SECTIONS[resource.section].nested else None
        found.update({name: spec} if nested is None else {f"{name}.{each}": row for each, row in nested.items()})
    return found


def refusal(attribute: Attribute) -> str:
    """What the normaliser says of a value that nothing takes."""
    with pytest.raises(ValueError, match=r"^is ") as refused:
        attribute.normalise(object())
    return str(refused.value)


def test_a_document_is_documented_with_all_its_sections() -> None:
    documentation = importlib.import_module(f"{PLUGINS}.network_state").DOCUMENTATION
    assert [section for section in SECTIONS if f"C({section})" not in documentation] == []


@pytest.mark.parametrize("kind", ["vxlan", "geneve"])
def test_the_number_of_a_tunnels_network_can_be_called_id(kind: str) -> None:
    link = RESOURCES["link"]
    named, nothing = link.named, dict.fromkeys([*link.options, link.plural])
    given = {**nothing, "name": "t0", "type": kind, "id": 7, "state": "present"}
    assert link._objects(given) == [{"name": "t0", "type": kind, "vni": 7}]
    assert named({"type": kind, "id": 7, "vni": 8}) == {"type": kind, "id": 7, "vni": 8}
    assert named({"type": "vlan", "id": 7}) == {"type": "vlan", "id": 7}


def test_every_section_but_that_of_sysctls_has_its_module() -> None:
    assert sorted(resource.section for resource in RESOURCES.values()) == sorted(SECTIONS.keys() - {"sysctls"})


@pytest.mark.parametrize("name", RESOURCES)
def test_options_are_the_attributes(name: str) -> None:
    resource = RESOURCES[name]
    assert set(options_of(resource)) == {attribute for attribute, _row in rows(resource)}


@pytest.mark.parametrize("name", RESOURCES)
def test_required_options_are_the_key_without_what_has_a_default(name: str) -> None:
    section, options = SECTIONS[RESOURCES[name].section], RESOURCES[name].options
    required = [option for option, spec in options.items() if spec.get("required")]
    key = dict.fromkeys(required, "192.0.2.0/24")
    section.complete_key(key)
    assert key.keys() == set(section.key)


@pytest.mark.parametrize("name", RESOURCES)
def test_options_have_the_types_and_choices_of_the_attributes(name: str) -> None:
    options = options_of(RESOURCES[name])
    choices: dict[str, set[str]] = {}
    for attribute, row in rows(RESOURCES[name]):
        words = refusal(row)
        if words.startswith("is none of "):
            choices.setdefault(attribute, set()).update(words[len("is none of ") :].split(", "))
        for beginning, kind in TYPES.items():
            named = kind == "int" and any(takes(row, name) for name in NAMES)
            if words.startswith(beginning) and not named:
                assert options[attribute]["type"] == kind, attribute
    single = {option: spec for option, spec in options.items() if spec["type"] != "list"}
    assert {option: set(spec["choices"]) for option, spec in single.items() if "choices" in spec} == choices


def takes(row: Attribute, value: str) -> bool:
    """Whether the normaliser accepts a value."""
    try:
        row.normalise(value)
    except ValueError:
        return False
    return True
