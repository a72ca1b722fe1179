"""A document as the plan makes it: a bridge with the gateway address, a VXLAN and its peers."""

from __future__ import annotations

from typing import Any


def bridge() -> dict[str, Any]:
    return {
        "version": 1,
        "links": [
            {
                "name": "cni0",
                "type": "bridge",
                "address": "02:00:5e:00:00:01",
                "mtu": 1450,
                "state": "up",
                "alias": "podnet: pods of node-0",
                "stp": False,
            },
        ],
        "addresses": [{"dev": "cni0", "address": "10.244.0.1/24"}],
    }


def peer(number: int) -> dict[str, dict[str, Any]]:
    """Peer ``number`` (from 1): its entry of each section."""
    subnet = f"10.{(244 + number // 256) % 256}.{number % 256}"
    mac = f"02:00:5e:01:{number // 256:02x}:{number % 256:02x}"
    return {
        "neighbors": {"dev": "vx0", "dst": f"{subnet}.1", "lladdr": mac},
        "fdb": {"dev": "vx0", "lladdr": mac, "dst": f"198.18.{number // 256}.{number % 256}"},
        "routes": {
            "dst": f"{subnet}.0/24",
            "gateway": f"{subnet}.1",
            "dev": "vx0",
            "onlink": True,
            "src": "10.244.0.1",
        },
    }


def overlay(peers: int) -> dict[str, Any]:
    """Bridge and VXLAN with so many peers."""
    entries = [peer(number) for number in range(1, peers + 1)]
    document = bridge()
    document["links"].append(
        {
            "name": "vx0",
            "type": "vxlan",
            "vni": 244,
            "local": "198.18.0.0",
            "dstport": 4789,
            "learning": False,
            "address": "02:00:5e:01:00:00",
            "mtu": 1450,
            "state": "up",
            "alias": "podnet: tunnel of node-0",
        },
    )
    for section in ("neighbors", "fdb", "routes"):
        document[section] = [entry[section] for entry in entries]
    return document
