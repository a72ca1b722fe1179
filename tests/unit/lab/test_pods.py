"""What the lab prints of its pods."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from lab import pods

NOT_READY = pods.Pod("server", "NotReady", "0/1", (), "node-2", ())
CLIENT = pods.Pod("client", "Running", "1/1", ("10.244.0.2", "fd00:10:244::2"), "node-1", ())


def test_a_dump_is_what_policies_are_read_from() -> None:
    files = [pods.MANIFESTS / f"{name}.yaml" for name in ("client", "neighbor", "server")]
    dump = json.loads(pods.listing(files, [CLIENT, NOT_READY]))
    (found,) = read([dump]).pods
    assert (found.namespace, found.name, found.node, found.addresses) == ("default", "client", "node-1", CLIENT.ips)
    assert found.labels["app"] == "client"


def test_the_manifests_of_two_documents_are_two_pods(tmp_path: Path) -> None:
    file = tmp_path / "both.yaml"
    file.write_text("".join((pods.MANIFESTS / f"{name}.yaml").read_text() for name in ("client", "server")))
    listed = pods.listing([file], [CLIENT, NOT_READY])
    assert [item["metadata"]["name"] for item in json.loads(listed)["items"]] == ["client"]
