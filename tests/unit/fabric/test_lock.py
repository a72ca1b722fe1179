"""The lock's text keeps what it is given and differs only where its content does."""

from __future__ import annotations

import ipaddress

from ansible_collections.podnet.baremetal.plugins.module_utils.fabric import lock

CONTENT = {
    "node-10": (ipaddress.ip_network("10.244.1.0/24"),),
    "node-2": (ipaddress.ip_network("10.244.0.0/24"), ipaddress.ip_network("fd00::/64")),
}


def test_text_is_one_host_a_line_in_natural_order() -> None:
    assert lock.serialise(CONTENT) == (
        "{\n"
        '  "version": 1,\n'
        '  "hosts": {\n'
        '    "node-2": {"pod_subnet": ["10.244.0.0/24", "fd00::/64"]},\n'
        '    "node-10": {"pod_subnet": ["10.244.1.0/24"]}\n'
        "  }\n"
        "}\n"
    )


def test_text_comes_back_as_it_was() -> None:
    assert lock.parse(lock.serialise(CONTENT)) == CONTENT
    assert lock.parse(lock.serialise({})) == {}


def test_no_file_is_an_empty_lock() -> None:
    assert lock.parse(None) == {}


def test_order_of_making_means_nothing() -> None:
    assert lock.serialise(dict(reversed(CONTENT.items()))) == lock.serialise(CONTENT)
