"""What experts and Galaxy expect of every module and role, where no linter asks for it."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
import yaml

from tests.gates.checkout import ROOT, load, modules, roles, tracked_files


def documentation(module: str, section: str) -> Any:
    """A documentation section of a module, read without importing it."""
    tree = ast.parse((ROOT / f"plugins/modules/{module}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [section]:
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"plugins/modules/{module}.py has no {section}")


def test_the_action_group_holds_all_modules() -> None:
    assert sorted(load("meta/runtime.yml")["action_groups"]["podnet"]) == modules()


@pytest.mark.parametrize("module", modules())
def test_module_says_how_it_behaves_in_check_and_diff_mode(module: str) -> None:
    text = documentation(module, "DOCUMENTATION")
    assert {"check_mode", "diff_mode", "platform"} <= set(text["attributes"])
    assert text["version_added"]
    assert text["author"]


@pytest.mark.parametrize("module", modules())
def test_module_examples_use_its_full_name(module: str) -> None:
    tasks = documentation(module, "EXAMPLES")
    assert any(f"podnet.baremetal.{module}" in task for task in tasks)


@pytest.mark.parametrize("module", modules())
def test_module_shows_a_sample_of_each_value_it_returns(module: str) -> None:
    returned = documentation(module, "RETURN")
    assert [name for name, value in returned.items() if "sample" not in value and "contains" not in value] == []


@pytest.mark.parametrize("module", modules())
def test_module_types_every_suboption(module: str) -> None:
    assert list(untyped(documentation(module, "DOCUMENTATION").get("options", {}))) == []


def untyped(options: dict[str, Any], path: str = "") -> Any:
    """The paths of options without a type, and of lists of dictionaries without suboptions."""
    for name, option in options.items():
        if "type" not in option or (option.get("elements") == "dict" and "suboptions" not in option):
            yield f"{path}{name}"
        yield from untyped(option.get("suboptions", {}), f"{path}{name}.")


@pytest.mark.parametrize("role", roles())
def test_role_has_a_page_in_the_order_of_all_roles_pages(role: str) -> None:
    page = (ROOT / f"roles/{role}/README.md").read_text(encoding="utf-8")
    assert page.startswith(f"# podnet.baremetal.{role}\n")
    order = ["## Variables", "## Way back", "## Example"]
    assert [line for line in page.splitlines() if line in order] == order


@pytest.mark.parametrize("role", roles())
def test_role_page_lists_the_variables_that_are_specified(role: str) -> None:
    page = (ROOT / f"roles/{role}/README.md").read_text(encoding="utf-8")
    entry_points = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values()
    specified = {name for entry_point in entry_points for name in entry_point.get("options", {})}
    assert set(re.findall(rf"^\| `({role}_\w+)` \|", page, re.MULTILINE)) == specified


@pytest.mark.parametrize("role", roles())
def test_role_variables_are_specified_and_carry_its_name(role: str) -> None:
    entry_points = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]
    assert "main" in entry_points
    for entry_point in entry_points.values():
        assert entry_point["short_description"]
        assert [name for name in entry_point.get("options", {}) if not name.startswith(f"{role}_")] == []


@pytest.mark.parametrize("role", roles())
def test_role_defaults_are_specified(role: str) -> None:
    path = f"roles/{role}/defaults/main.yml"
    defaults = (load(path) or {}) if (ROOT / path).exists() else {}
    specified: set[str] = set()
    for entry_point in load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values():
        specified |= set(entry_point.get("options", {}))
    assert set(defaults) <= specified


@pytest.mark.parametrize("name", [*modules(), *roles()])
def test_changelog_names_it(name: str) -> None:
    rendered = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("\\", "")
    assert f"podnet.baremetal.{name} " in rendered, "run: make changelog"


@pytest.mark.parametrize("page", [path for path in tracked_files() if path.endswith(".md")])
def test_links_of_a_page_lead_to_files(page: str) -> None:
    links = re.findall(r"\]\(([^)\s#]+)", (ROOT / page).read_text(encoding="utf-8"))
    files = [link for link in links if "://" not in link]
    assert [link for link in files if not ((ROOT / page).parent / link).exists()] == []
