"""What podctl asks of the runtime for a Pod manifest."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from lab.node.podctl import manifest as manifests
from lab.pods import MANIFESTS


def pod(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": "nginx"}], **spec},
    }


def test_sandbox_carries_the_names_that_the_kubelet_would_give() -> None:
    sandbox = manifests.sandbox(pod())
    assert sandbox["metadata"] == {"name": "web", "namespace": "default", "uid": manifests.uid(pod())}
    assert sandbox["hostname"] == "web"
    assert sandbox["labels"]["app"] == "web"
    assert sandbox["labels"]["io.kubernetes.pod.name"] == "web"
    assert sandbox["labels"]["io.kubernetes.pod.namespace"] == "default"


def test_containers_share_the_network_and_nothing_else() -> None:
    options = manifests.sandbox(pod())["linux"]["security_context"]["namespace_options"]
    assert options == {"network": manifests.NAMESPACE_MODE["pod"], "pid": manifests.NAMESPACE_MODE["container"]}
    assert manifests.sandbox(pod(hostNetwork=True))["linux"]["security_context"]["namespace_options"]["network"] == 2


def test_container_runs_its_command_with_its_arguments_and_environment() -> None:
    wanted = {
        "name": "web",
        "image": "nginx",
        "command": ["nginx"],
        "args": ["-g", "daemon off;"],
        "workingDir": "/srv",
        "env": [{"name": "A", "value": "1"}],
    }
    (container,) = manifests.containers(pod(containers=[wanted]))
    assert container["image"] == {"image": "nginx"}
    assert (container["command"], container["args"]) == (["nginx"], ["-g", "daemon off;"])
    assert container["working_dir"] == "/srv"
    assert container["envs"] == [{"key": "A", "value": "1"}]
    assert container["log_path"] == "web/0.log"


def test_only_host_ports_are_mapped_and_only_tcp_ports_are_noted_for_the_matrix() -> None:
    listening = [
        {"containerPort": 80, "hostPort": 8080},
        {"containerPort": 53, "protocol": "UDP"},
        {"containerPort": 443, "protocol": "TCP"},
    ]
    sandbox = manifests.sandbox(pod(containers=[{"name": "web", "image": "nginx", "ports": listening}]))
    assert sandbox["port_mappings"] == [{"protocol": 0, "container_port": 80, "host_port": 8080}]
    assert sandbox["annotations"][manifests.PORTS] == "80,443"


def test_identity_follows_the_manifest_not_the_order_of_its_keys() -> None:
    assert manifests.uid(pod()) == manifests.uid(dict(reversed(pod().items())))
    assert manifests.uid(pod()) != manifests.uid(pod(hostname="other"))


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ([], "not a Pod"),
        ({"apiVersion": "v1", "kind": "Service"}, "not a Pod"),
        ({"apiVersion": "v1", "kind": "Pod", "metadata": {}}, "metadata.name"),
        (pod(containers=[]), "spec.containers is empty"),
        (pod(containers=[{"name": "web"}]), "needs a name and an image"),
        (pod(volumes=[]), "Pod web: podctl does not know volumes in spec"),
        (pod(containers=[{"name": "web", "image": "nginx", "tty": True}]), "does not know tty in a container"),
    ],
)
def test_what_cannot_be_started_as_written_is_refused(manifest: Any, said: str) -> None:
    with pytest.raises(manifests.ManifestError, match=said):
        manifests.check(manifest)


@pytest.mark.parametrize("path", sorted(MANIFESTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_labs_own_manifests_are_understood(path: Any) -> None:
    manifest = yaml.safe_load(path.read_text())
    manifests.check(manifest)
    assert manifest["metadata"]["name"] == path.stem
    assert manifest["spec"]["nodeName"].startswith("node-")
