"""What machines are plugged into: a bridge in a network namespace of its own.

No packet filter of this machine looks there. One more cable leads from it to this machine. All of it goes with the
namespace.
"""

from __future__ import annotations

from lab.process import LabError, run, works
from lab.topology import Network

BRIDGE = "switch"
CABLE = "podnet-vm"
"""The end of the cable that is this machine's."""


def make(network: Network) -> None:
    """Make the switch that is named as the network, unless it is there. This machine gets the first address."""
    if works(["ip", "netns", "exec", network.name, "true"]):
        return
    refuse_subnet_in_use(network.subnet)
    run(["ip", "netns", "add", network.name])
    run(["ip", "-netns", network.name, "link", "add", BRIDGE, "up", "type", "bridge", "mcast_snooping", "0"])
    run(["ip", "link", "add", CABLE, "type", "veth", "peer", "name", "uplink", "netns", network.name])
    run(["ip", "-netns", network.name, "link", "set", "uplink", "up", "master", BRIDGE])
    run(["ip", "address", "add", f"{network.address(1)}/{network.subnet.rpartition('/')[2]}", "dev", CABLE])
    run(["ip", "link", "set", CABLE, "up"])


def refuse_subnet_in_use(subnet: str) -> None:
    """Raise LabError where this machine has a route to the subnet, or to a part or more of it, but the default one."""
    routes = "".join(run(["ip", "route", "show", overlap, subnet]) for overlap in ("match", "root"))
    for route in routes.splitlines():
        if not route.startswith("default"):
            raise LabError(f"the machines' network {subnet} is in use on this machine: {route.strip()}")


def plug(network: Network, port: str) -> None:
    """Make a port for a machine, unless it is there."""
    namespace = ["ip", "-netns", network.name]
    if not works([*namespace, "link", "show", port]):
        run([*namespace, "tuntap", "add", port, "mode", "tap"])
        run([*namespace, "link", "set", port, "up", "master", BRIDGE])


def remove(network: Network) -> None:
    """Remove the switch with all cables."""
    if works(["ip", "netns", "exec", network.name, "true"]):
        run(["ip", "netns", "delete", network.name])
