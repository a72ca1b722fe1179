"""The page on NetworkPolicy shows what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.podnet.baremetal.plugins.action.network_policy_test import ActionModule
from tests.unit.action.conftest import Run
from tests.unit.action.policy_objects import SERVER, policy

CHECKOUT = Path(__file__).parents[3]
PAGE = (CHECKOUT / "docs" / "policy.md").read_text(encoding="utf-8")
POLICY, PLAYBOOK, WEBHOOK = (yaml.safe_load(each) for each in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))


def test_the_policy_is_the_labs() -> None:
    assert (
        yaml.safe_load((CHECKOUT / "lab" / "policies" / "allow-only-client.yaml").read_text(encoding="utf-8")) == POLICY
    )


def test_the_playbook_answers_as_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    tasks = [task["podnet.baremetal.network_policy_test"] for task in PLAYBOOK[0]["tasks"][:2]]
    results = [run(ActionModule, task, {"podnet": {"hosts": {"node-1": {}}}}) for task in tasks]
    assert "failed" not in results[0]
    assert "\n".join(results[1]["summary"]) in PAGE


def test_the_webhook_is_open_for_the_addresses_of_two_nodes_and_no_pods(run: Run) -> None:
    sources = ["192.0.2.1", "10.244.2.0", "10.244.2.1", "10.244.2.2", "192.0.2.3"]
    pairs = [{"source": each, "destination": "10.244.0.2", "port": "8443"} for each in sources]
    options = {"objects": [SERVER, policy(**WEBHOOK)], "pairs": pairs}
    result = run(ActionModule, options, {"podnet": {"hosts": {"node-1": {}}}})
    assert [each["allowed"] for each in result["results"]] == [True, True, True, False, False]
