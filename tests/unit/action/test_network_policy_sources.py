"""Objects come from the task, from files, and from the API, and what is wrong with them is told by source."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
import yaml
from ansible.errors import AnsibleActionFail

from ansible_collections.podnet.baremetal.plugins.action.network_policy_info import ActionModule
from ansible_collections.podnet.baremetal.plugins.module_utils.policy.read import read
from tests.unit.action.conftest import Run
from tests.unit.action.policy_objects import CLIENT, OBJECTS, OTHER, SERVER, pod, policy

INVENTORY: dict[str, Any] = {"podnet": {"hosts": {"node-1": {}}}}


def info(run: Run, **options: Any) -> dict[str, Any]:
    return run(ActionModule, options, INVENTORY)


def refusal(run: Run, **options: Any) -> str:
    with pytest.raises(AnsibleActionFail) as raised:
        info(run, **options)
    return str(raised.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with pods as kubectl prints them, and below it policies as people write them."""
    made = tmp_path / "cluster"
    (made / "policies").mkdir(parents=True)
    (made / "pods.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": OBJECTS[:3]}))
    (made / "policies" / "all.yaml").write_text("---\n# nothing yet\n---\n" + yaml.safe_dump(policy()))
    (made / "policies" / "README.md").write_text("no object")
    (made / "policies" / ".hidden.yaml").write_text("no object")
    return made


@pytest.mark.parametrize(
    "given",
    [OBJECTS, json.dumps(OBJECTS), yaml.safe_dump_all(OBJECTS), {"apiVersion": "v1", "kind": "List", "items": OBJECTS}],
)
def test_objects_of_the_task_are_counted_and_returned_as_one_string(run: Run, given: Any) -> None:
    result = info(run, objects=given)
    assert (result["changed"], result["namespaces"], result["pods"], result["policies"]) == (False, 1, 3, 1)
    assert result["objects"].startswith(" [")
    assert read(json.loads(result["objects"])) == read(OBJECTS)


def test_files_of_a_folder_count_together_with_all_else(run: Run, folder: Path) -> None:
    result = info(run, src=[str(folder)], objects=[pod("more", "10.244.2.2")])
    assert (result["pods"], result["policies"]) == (4, 1)


def test_a_relative_path_is_the_playbooks_or_the_callers(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert info(run, src=["pods.json"])["pods"] == 3
    assert str(folder / "nowhere.yaml") in refusal(run, src=["nowhere.yaml"])


def test_a_time_without_quotes_is_a_string_as_with_the_api_server(run: Run) -> None:
    late = yaml.safe_dump(pod("late", "10.244.0.2")).replace(
        "name: late", "name: late\n  creationTimestamp: 2026-01-31T12:00:00Z"
    )
    assert info(run, objects=late)["pods"] == 1
    inline = yaml.safe_load(late)
    assert info(run, objects=[inline])["pods"] == 1


def test_all_that_is_wrong_is_told_with_its_source(run: Run, folder: Path) -> None:
    (folder / "policies" / "wrong.yaml").write_text(yaml.safe_dump(policy("wrong", ingress=[{"ports": [{"port": 0}]}])))
    told = refusal(run, src=[str(folder)], objects=[policy("worse", policyTypes=["Both"])])
    assert told.startswith("Kubernetes' objects are refused, and nothing was changed:\n")
    lines = told.splitlines()[1:]
    assert len(lines) == 2
    assert lines[0].startswith("  objects: NetworkPolicy default/worse: spec.policyTypes[0]")
    assert lines[1].startswith(
        "  %s: NetworkPolicy default/wrong: spec.ingress[0].ports[0].port" % (folder / "policies" / "wrong.yaml")
    )


def test_what_two_sources_both_have_is_told_with_both(run: Run, folder: Path) -> None:
    told = refusal(run, src=[str(folder)], objects=[SERVER])
    assert "objects and %s: Pod default/server: " % (folder / "pods.json") in told


def test_what_the_api_server_has_stored_and_would_not_take_any_more_is_told(run: Run) -> None:
    old = policy(ingress=[{"from": [{"ipBlock": {"cidr": "010.0.0.0/8"}}]}])
    result = info(run, objects=[SERVER, {**old, "metadata": {**old["metadata"], "uid": "1"}}])
    (told,) = result["warnings"]
    assert told.startswith("NetworkPolicy default/allow-only-client: spec.ingress[0].from[0].ipBlock.cidr: ")
    assert info(run, objects=result["objects"])["warnings"] == []
    assert "leading 0s" in refusal(run, objects=[SERVER, old])


TWICE = """
---
kind: Pod
---
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {}
  ingress:
    - from:
        - podSelector: {}
  ingress: []
"""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TWICE, "line 12: spec.ingress: the key is there twice"),
        (
            '{"items": [1, {"spec": {"a": [{"a": 1, "b": 1, "b": 2}]}}]}',
            ": items[1].spec.a[0].b: the key is there twice",
        ),
        ('{"kind": 1, kind: 2}', "line 1: kind: the key is there twice"),
        ("- 1\n- {80: a, 80: b}", "line 2: [1].80: the key is there twice"),
    ],
)
def test_a_key_that_is_there_twice_is_refused_as_by_kubectl(run: Run, tmp_path: Path, content: str, said: str) -> None:
    """Of two rules for the same pods one would be lost."""
    file = tmp_path / "twice.yaml"
    file.write_text(content)
    told = refusal(run, src=[str(file)])
    assert told.startswith(str(file))
    assert said in told
    assert said in refusal(run, objects=content)


def test_keys_that_come_from_an_anchor_may_be_there_again(run: Run) -> None:
    meta = "&about {name: server, labels: {app: web}}"
    text = (
        f"{{apiVersion: v1, kind: Pod, metadata: {{<<: {meta}, labels: {{app: other}}}}, status: {{podIP: 10.0.0.1}}}}"
    )
    assert read(json.loads(info(run, objects=text)["objects"])).pods[0].labels == {"app": "other"}


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def of_namespaces(key: str) -> dict[str, Any]:
    """A policy that admits pods of namespaces without one value of a label."""
    selector = {"matchExpressions": [{"key": key, "operator": "NotIn", "values": ["dev"]}]}
    return policy(ingress=[{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}, {"namespaceSelector": selector}]}])


def in_namespace(name: str, address: str) -> dict[str, Any]:
    made = pod("stranger", address)
    return {**made, "metadata": {**made["metadata"], "namespace": name}}


def test_labels_of_namespaces_that_are_not_given_are_not_taken_for_none(run: Run) -> None:
    """Pods of `env: dev` would be let in, for nothing says that theirs is dev."""
    strangers = [in_namespace("dev", "10.244.0.8"), in_namespace("test", "10.244.0.9")]
    listed = [SERVER, *strangers, of_namespaces("env"), namespace("default")]
    told = refusal(run, objects=listed)
    assert "NetworkPolicy default/allow-only-client: spec.ingress[0].from[1].namespaceSelector: env\n" in told
    assert "not among the objects: dev, test. Way out: give them as well, as kubectl get ns,pods," in told
    assert "not among the objects: test." in refusal(run, objects=[*listed, namespace("dev", env="dev")])
    result = info(run, objects=[*listed, namespace("dev", env="dev"), namespace("test")])
    assert info(run, objects=result["objects"])["objects"] == result["objects"]


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([SERVER, of_namespaces("kubernetes.io/metadata.name")], id="names are always known"),
        pytest.param([SERVER, policy(ingress=[{"from": [{"namespaceSelector": {}}]}])], id="all namespaces"),
        pytest.param([of_namespaces("env")], id="no pods are there"),
        pytest.param(OBJECTS, id="no namespace is spoken of"),
    ],
)
def test_where_no_label_of_theirs_matters_namespaces_need_not_be_given(run: Run, listed: list[Any]) -> None:
    result = info(run, objects=listed)
    assert info(run, objects=result["objects"])["objects"] == result["objects"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is neither JSON nor YAML"),
        ("a: [", "is neither JSON nor YAML"),
        ("just words", "holds str where an object"),
    ],
)
def test_a_file_that_holds_no_objects_is_named(run: Run, tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(content)
    assert "%s: %s" % (file, said) in refusal(run, src=[str(file)])


def test_files_that_cannot_be_read_are_named(run: Run, tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "%s: cannot be read" % binary in refusal(run, src=[str(binary)])
    (tmp_path / "empty").mkdir()
    assert "holds no file that ends in .json, .yaml, .yml" in refusal(run, src=[str(tmp_path / "empty")])


def test_without_any_source_it_says_which_there_are(run: Run) -> None:
    assert "objects, src, kubeconfig" in refusal(run)


#: What the API says besides, of which nothing depends.
_MUCH = {"managedFields": [{"manager": "kubelet"}], "annotations": {"much": "text"}}


def listed(each: dict[str, Any]) -> dict[str, Any]:
    """A pod with a named port as the items of a list are, without their kind."""
    ports = [{"name": "http", "containerPort": 80, "protocol": "TCP"}]
    spec = {**each["spec"], "volumes": [], "containers": [{"name": "c", "image": "i", "env": [], "ports": ports}]}
    return {"metadata": {**each["metadata"], **_MUCH}, "spec": spec, "status": {**each["status"], "conditions": []}}


PODS = [listed(each) for each in (SERVER, CLIENT, OTHER)]
LISTS = {
    "/api/v1/namespaces": [{"metadata": {"name": "default"}}],
    "/api/v1/pods": PODS,
    "/apis/networking.k8s.io/v1/networkpolicies": [{key: policy()[key] for key in ("metadata", "spec")}],
}


class Api(HTTPServer):
    """A Kubernetes API that lists objects a few at a time; ``status`` makes it refuse, ``expired`` forget its pages."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.status = 200
        self.expired = False


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        url = urlparse(self.path)
        query = parse_qs(url.query)
        self.server.asked.append((url.path, query))
        start = int(query.get("continue", ["0"])[0])
        if start and self.server.expired:
            self.server.expired = False
            return self.answer(410, {"kind": "Status", "reason": "Expired"})
        items = LISTS[url.path]
        metadata = {"continue": str(start + 2)} if start + 2 < len(items) else {}
        return self.answer(self.server.status, {"metadata": metadata, "items": items[start : start + 2]})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_words: Any) -> None:
        """Silence."""


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def kubeconfig(api: Api, tmp_path: Path) -> str:
    """One whose current context leads nowhere, and whose context ``lab`` leads to the API."""
    servers = {"lab": "http://127.0.0.1:%d" % api.server_port, "gone": "http://127.0.0.1:9"}
    file = tmp_path / "kubeconfig"
    file.write_text(
        yaml.safe_dump(
            {
                "clusters": [{"name": name, "cluster": {"server": url}} for name, url in servers.items()],
                "contexts": [{"name": name, "context": {"cluster": name, "user": "nobody"}} for name in servers],
                "users": [{"name": "nobody", "user": {"token": "t"}}],
                "current-context": "gone",
            }
        )
    )
    return str(file)


@pytest.mark.parametrize("expired", [False, True])
def test_the_api_is_asked_page_by_page_for_three_kinds_only(run: Run, api: Api, kubeconfig: str, expired: bool) -> None:
    api.expired = expired
    result = info(run, kubeconfig=kubeconfig, context="lab")
    pods = [{"apiVersion": "v1", "kind": "Pod", **each} for each in PODS]
    assert read(json.loads(result["objects"])) == read([namespace("default"), *pods, policy()])
    assert {path for path, _query in api.asked} == set(LISTS)
    assert all(query["limit"] == ["500"] for _path, query in api.asked)
    assert len(api.asked) == (6 if expired else 4)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "Namespaces cannot be listed: the API does not know these credentials"),
        (403, "cluster role"),
        (503, "503"),
    ],
)
def test_a_refusal_of_the_api_is_told_with_the_way_out(
    run: Run, api: Api, kubeconfig: str, status: int, said: str
) -> None:
    api.status = status
    told = refusal(run, kubeconfig=kubeconfig, context="lab")
    assert told.startswith("kubeconfig %s, context lab: " % kubeconfig)
    assert said in told


def test_a_kubeconfig_that_leads_nowhere_is_named(run: Run, kubeconfig: str, tmp_path: Path) -> None:
    assert "context nowhere: cannot be used" in refusal(run, kubeconfig=kubeconfig, context="nowhere")
    assert "http://127.0.0.1:9 does not answer" in refusal(run, kubeconfig=kubeconfig)
    assert "there is no such file" in refusal(run, kubeconfig=str(tmp_path / "nothing"))


def test_without_the_client_the_way_out_is_named(run: Run, kubeconfig: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    told = refusal(run, kubeconfig=kubeconfig)
    assert "the Python package kubernetes is missing on the controller" in told
    assert "kubectl get ns,pods,networkpolicies -A -o json" in told


def test_the_client_is_not_needed_for_files(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    assert info(run, objects=OBJECTS)["pods"] == 3
