"""Run the actions as Ansible does, on a real inventory and its variables, without a playbook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session", autouse=True)
def _plugin_loader() -> None:
    init_plugin_loader([])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """``run(Action, {options}, inventory, task_vars={…}, check_mode=False)`` gives the action's result."""

    def run_action(
        action: type[ActionBase],
        options: dict[str, Any],
        inventory: dict[str, Any] | Path,
        task_vars: dict[str, Any] | None = None,
        check_mode: bool = False,
    ) -> dict[str, Any]:
        source = tmp_path / "hosts.yml"
        if isinstance(inventory, Path):
            source = inventory
        else:
            source.write_text(yaml.safe_dump(inventory), encoding="utf-8")
        loader = DataLoader()
        hosts = InventoryManager(loader=loader, sources=[str(source)])
        manager = VariableManager(loader=loader, inventory=hosts)
        first = hosts.get_hosts()[0]
        variables = {
            **manager.get_vars(host=first),
            "hostvars": HostVars(hosts, manager, loader),
            **(task_vars or {}),
        }
        task = SimpleNamespace(
            action=action.__module__, args=options, async_val=0, check_mode=check_mode, diff=True, environment=[]
        )
        instance = action(
            task=task,
            connection=SimpleNamespace(_shell=SimpleNamespace(tmpdir="unused")),
            play_context=SimpleNamespace(check_mode=check_mode, diff=True),
            loader=loader,
            templar=Templar(loader=loader, variables=variables),
            shared_loader_obj=None,
        )
        return instance.run(task_vars=variables)

    return run_action
