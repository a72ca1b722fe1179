"""The configuration that a runtime would choose is the one that is chosen, and a broken one is named."""

from __future__ import annotations

import json

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import config
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.errors import CniError

BRIDGE = {"type": "bridge", "bridge": "cni0"}
LIST = {"cniVersion": "1.0.0", "name": "podnet", "plugins": [BRIDGE]}


def write(directory, **files):
    for name, content in files.items():
        path = directory / name.replace("__", ".").replace("_", "-")
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(directory)


def test_the_first_in_lexical_order_counts(tmp_path):
    directory = write(
        tmp_path,
        a99_late__conflist={**LIST, "name": "late"},
        a10_early__conflist={**LIST, "name": "early"},
        README__md="not a configuration",
    )
    network = config.select(directory)
    assert network.name == "early"
    assert network.file == f"{directory}/a10-early.conflist"


def test_a_single_plugin_is_a_list_of_one(tmp_path):
    directory = write(tmp_path, a__conf={**BRIDGE, "cniVersion": "0.4.0", "name": "single"})
    network = config.select(directory)
    assert (network.name, [plugin["type"] for plugin in network.plugins]) == ("single", ["bridge"])


def test_a_broken_first_file_is_an_error_and_not_passed_over(tmp_path):
    directory = write(tmp_path, a__conflist="{", b__conflist=LIST)
    with pytest.raises(CniError, match=r"malformed CNI configuration .*/a\.conflist: it is not JSON: .*run podnet"):
        config.select(directory)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ([], "it is not a JSON object"),
        ({**LIST, "cniVersion": "0.2.0"}, "cniVersion '0.2.0' is none of 0.3.0, 0.3.1, 0.4.0, 1.0.0"),
        ({"name": "x", "plugins": [BRIDGE]}, "cniVersion None is none of"),
        ({**LIST, "name": ""}, "it has no name"),
        ({**LIST, "plugins": []}, "plugins is not a list of at least one plugin"),
        ({**LIST, "plugins": {}}, "plugins is not a list of at least one plugin"),
        ({**LIST, "plugins": [BRIDGE, {}]}, r"plugins\[1\] names no plugin in its type"),
        ({**LIST, "plugins": ["bridge"]}, r"plugins\[0\] names no plugin in its type"),
        ({**LIST, "plugins": [{"type": "../../bin/sh"}]}, r"plugins\[0\] names no plugin in its type"),
    ],
)
def test_what_is_wrong_is_said(content, complaint):
    with pytest.raises(CniError, match=f"/etc/x: {complaint}") as raised:
        config.parse(content, "/etc/x")
    assert raised.value.file == "/etc/x"


def test_no_configuration_says_what_to_do(tmp_path):
    with pytest.raises(CniError, match=r"no CNI configuration .*run podnet\.baremetal\.site"):
        config.select(str(tmp_path))
    with pytest.raises(CniError, match=r"cannot list .*/absent: No such file.*run podnet\.baremetal\.site"):
        config.select(str(tmp_path / "absent"))


@pytest.mark.parametrize(
    ("version", "disabled", "has_check"),
    [("0.3.1", False, False), ("0.4.0", False, True), ("1.0.0", False, True), ("1.0.0", True, False)],
)
def test_check_exists_since_0_4_0_and_can_be_switched_off(version, disabled, has_check):
    network = config.parse({**LIST, "cniVersion": version, "disableCheck": disabled}, "/etc/x")
    assert network.has_check is has_check


def test_a_kept_configuration_is_read_back_as_it_was():
    network = config.parse({**LIST, "disableCheck": True}, "/etc/x")
    assert config.parse(json.loads(json.dumps(config.dump(network))), "/etc/x") == network
