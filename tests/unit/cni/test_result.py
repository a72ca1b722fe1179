"""A pod's addresses are found in the results of each version of the specification."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import result
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.errors import CniError

INTERFACES = [
    {"name": "cni0", "mac": "02:00:00:00:00:01"},
    {"name": "veth1a2b3c4d", "mac": "02:00:00:00:00:02"},
    {"name": "eth0", "mac": "02:00:00:00:00:03", "sandbox": "/var/run/netns/podnet-probe-0"},
]


def answer(version, **address):
    if version < "1.0.0":
        address["version"] = "4"
    return {"cniVersion": version, "interfaces": INTERFACES, "ips": [{"address": "10.244.0.2/24", **address}]}


@pytest.mark.parametrize("version", ["0.3.1", "0.4.0", "1.0.0", "1.1.0"])
def test_each_version(version):
    attachment = result.parse(answer(version, gateway="10.244.0.1", interface=2), "/etc/x")
    assert attachment.addresses == ("10.244.0.2/24",)
    assert attachment.gateways == ("10.244.0.1",)
    assert attachment.interfaces == ("eth0",)


def test_optional_fields_may_be_missing():
    attachment = result.parse({"cniVersion": "1.0.0", "ips": [{"address": "10.244.0.2/24"}]}, "/etc/x")
    assert attachment == result.Attachment(("10.244.0.2/24",), ("",), ())


def test_an_address_of_the_host_is_not_the_pods():
    told = answer("1.0.0", interface=2)
    told["ips"].insert(0, {"address": "10.244.0.1/24", "interface": 0})
    assert result.parse(told, "/etc/x").addresses == ("10.244.0.2/24",)


def test_both_families_keep_their_order():
    told = answer("1.0.0", interface=2)
    told["ips"].append({"address": "2001:db8::2/64", "interface": 2})
    assert result.parse(told, "/etc/x").addresses == ("10.244.0.2/24", "2001:db8::2/64")


@pytest.mark.parametrize("told", [{}, [], None, {"cniVersion": "0.2.0", "ip4": {"ip": "10.244.0.2/24"}}])
def test_a_result_without_a_list_of_addresses_is_refused(told):
    with pytest.raises(CniError, match="plugins of /etc/x gave no list 'ips'"):
        result.parse(told, "/etc/x")


def test_a_result_without_an_address_is_refused():
    with pytest.raises(CniError, match=r"plugins of /etc/x gave the pod no address: .*'ipam'"):
        result.parse({"cniVersion": "1.0.0", "ips": []}, "/etc/x")
