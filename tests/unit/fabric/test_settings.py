"""The table of variables is what role fabric documents, and what the inputs hold."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import inputs, plan, settings

ROLE = Path(__file__).resolve().parents[3] / "roles" / "fabric"
OPTIONS: dict[str, Any] = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))[
    "argument_specs"
]["main"]["options"]


def test_role_documents_every_variable_and_no_other() -> None:
    assert set(OPTIONS) == {*settings.TABLE, "fabric_lock_file", "fabric_paths"}


@pytest.mark.parametrize("setting", settings.TABLE.values(), ids=lambda setting: setting.name)
def test_role_documents_the_default(setting: settings.Setting) -> None:
    assert OPTIONS[setting.name].get("default") == setting.default


@pytest.mark.parametrize("setting", settings.TABLE.values(), ids=lambda setting: setting.name)
def test_default_is_valid(setting: settings.Setting) -> None:
    if setting.default is not None:
        setting.parse(setting.default)


def test_modes_are_documented() -> None:
    assert OPTIONS["fabric_mode"]["choices"] == list(settings.MODES)


@pytest.mark.parametrize("setting", settings.TABLE.values(), ids=lambda setting: setting.name)
def test_role_says_whose_variable_it_is(setting: settings.Setting) -> None:
    (row,) = re.findall(rf"^\| `{setting.name}` \| (\w+) \|", (ROLE / "README.md").read_text(encoding="utf-8"), re.M)
    assert row == setting.scope


def test_what_the_plan_does_not_read_has_its_default_from_the_role() -> None:
    assert yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8")) == {
        "fabric_paths": OPTIONS["fabric_paths"]["default"]
    }


def test_the_role_knows_what_the_plan_can_do_about_other_paths() -> None:
    assert OPTIONS["fabric_paths"]["choices"] == list(plan.MOVING)


@pytest.mark.parametrize("kind", [(settings.CLUSTER, inputs.ClusterInputs), (settings.HOST, inputs.HostInputs)])
def test_inputs_have_a_field_for_each_variable(kind: tuple[str, Any]) -> None:
    scope, inputs_class = kind
    fields = {field.name for field in dataclasses.fields(inputs_class)} - {"name"}
    assert fields == {setting.field for setting in settings.TABLE.values() if setting.scope == scope}
