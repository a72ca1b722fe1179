#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have routes, or have them not."""

from __future__ import annotations

DOCUMENTATION = r"""
module: route
short_description: Add, change and delete routes
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Adds, changes and deletes routes in the kernel, one or many in a task, as C(ip route) would.
  - A route is told from others by O(dst), O(table), O(metric) and O(tos). Routes to the same destination in another
    table or with another metric are other routes, and are left alone.
  - A route that differs is replaced in one step, without a moment in which there is none. It is written as a whole, as
    by C(ip route replace), so that attributes the task does not give fall back to their defaults; O(protocol) stays.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - podnet.baremetal.resource
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: linux
options:
  routes:
    description: Many routes in one task, instead of one by the options below.
    type: list
    elements: dict
    suboptions:
      dst:
        description: &dst
          - The destination, a network in CIDR form; an address alone is a network of one host.
          - V(0.0.0.0/0) and V(::/0) are the default routes.
        type: str
        aliases: [dest, to]
        required: true
      <<: &route
        table:
          description: The routing table, by number or as V(main), V(default) or V(local). It is V(main) if not given.
          type: str
        metric:
          description:
            - The preference among routes to the same destination; the lowest wins.
            - If not given, it is the kernel's own, V(0) for IPv4 and V(1024) for IPv6.
          type: int
        tos:
          description: The type of service that the route is for, a multiple of 4; IPv4 only. It is V(0) if not given.
          type: int
        gateway:
          description: Address of the next hop, of the destination's family or, for IPv4 destinations, of IPv6.
          type: str
          aliases: [via]
        dev:
          description: Name of the link to send over. Needed where there is no gateway.
          type: str
          aliases: [device]
        nexthops:
          description: Several next hops that share the traffic, instead of O(gateway) and O(dev).
          type: list
          elements: dict
          suboptions:
            gateway:
              description: Address of the next hop.
              type: str
              aliases: [via]
            dev:
              description: Name of the link to send over.
              type: str
              aliases: [device]
            weight:
              description: Its share, in proportion to the weights of the others, from 1 to 256.
              type: int
              default: 1
            onlink:
              description: Whether the gateway is taken to be on the link, even if no address of the link covers it.
              type: bool
        nhid:
          description: Number of a next hop object (C(ip nexthop)) to use, instead of O(gateway) and O(dev).
          type: int
        src:
          description: The source address to prefer. An empty string takes it away.
          type: str
        onlink:
          description: Whether the gateway is taken to be on the link, even if no address of the link covers it.
          type: bool
        encap:
          description: The tunnel that packets go through; O(dev) is a link that is external, such as a Geneve.
          type: dict
          suboptions:
            type:
              description: The protocol below the tunnel. It is that of O(encap.dst), and need not be given.
              type: str
              choices: [ip, ip6]
            id:
              description: The tunnel's number, such as a VNI, up to 16777215. Needed.
              type: int
            dst:
              description: Address of the tunnel's far end. Needed.
              type: str
            src:
              description: Source address of tunnel packets. An empty string leaves it to the route to the far end.
              type: str
            ttl:
              description:
                - TTL or hop limit of tunnel packets; it is V(0) if not given.
                - For V(0) a VXLAN takes the host's default. A Geneve writes V(0), which no router passes on.
              type: int
            tos:
              description: Type of service or traffic class of tunnel packets. It is V(0) if not given.
              type: int
            csum:
              description:
                - Whether tunnel packets have a checksum of UDP or GRE.
                - Over IPv6 a tunnel drops packets without, unless it is told to take them.
              type: bool
            key:
              description: Whether packets of GRE bear the number.
              type: bool
            seq:
              description: Whether packets of GRE are counted.
              type: bool
        type:
          description: What is done with packets to the destination. A new route is V(unicast) if not given.
          type: str
          choices: [unicast, local, broadcast, multicast, blackhole, unreachable, prohibit, throw]
        scope:
          description: How far the destination is; IPv4 only.
          type: str
          choices: [global, site, link, host]
        protocol:
          description:
            - What installed the route, by number or by one of iproute2's own names, such as V(static) or V(bgp).
            - If not given, a new route has V(static); that of an existing one is not changed.
          type: str
        pref:
          description: The preference among IPv6 routers, as in their advertisements.
          type: str
          choices: [low, medium, high]
        mtu:
          description: MTU along the route, in bytes.
          type: int
        advmss:
          description: The segment size that TCP advertises, in bytes.
          type: int
        hoplimit:
          description: The hop limit of packets that are sent.
          type: int
        window:
          description: The largest window that TCP advertises, in bytes.
          type: int
        rtt:
          description: First guess of the round trip time, in milliseconds.
          type: int
        rttvar:
          description: First guess of its variance, in milliseconds.
          type: int
        rto_min:
          description: The shortest time after which TCP sends again, in milliseconds.
          type: int
        ssthresh:
          description: First guess of TCP's slow start threshold, in segments.
          type: int
        cwnd:
          description: Limit of the congestion window, in segments; only with V(cwnd) in O(lock).
          type: int
        initcwnd:
          description: The congestion window that connections begin with, in segments.
          type: int
        initrwnd:
          description: The receive window that connections begin with, in segments.
          type: int
        reordering:
          description: How many segments may be out of order before TCP takes one for lost.
          type: int
        quickack:
          description: Whether TCP acknowledges every segment at once.
          type: bool
        fastopen_no_cookie:
          description: Whether TCP Fast Open works without a cookie.
          type: bool
        features:
          description: Features of TCP to switch on; V(ecn) is the only one.
          type: list
          elements: str
          choices: [ecn]
        congctl:
          description: Name of TCP's congestion control algorithm.
          type: str
        lock:
          description: Those of the numbers above, from O(mtu) on, that the kernel is not to adapt by itself.
          type: list
          elements: str
  dst:
    description: *dst
    type: str
    aliases: [dest, to]
  <<: *route
seealso:
  - module: podnet.baremetal.rule
  - module: podnet.baremetal.network_state
"""

EXAMPLES = r"""
- name: Send a network's traffic to a router
  podnet.baremetal.route:
    dst: 198.51.100.0/24
    gateway: 192.0.2.1

- name: Have two routes, one of them in a table of its own
  podnet.baremetal.route:
    routes:
      - {dst: 198.51.100.0/24, gateway: 192.0.2.1, dev: eth0, mtu: 1400}
      - {dst: 0.0.0.0/0, gateway: 192.0.2.2, table: 100}

- name: Share the traffic to a network among two routers
  podnet.baremetal.route:
    dst: 10.0.0.0/8
    nexthops:
      - {gateway: 192.0.2.1, weight: 3}
      - {gateway: 192.0.2.2}

- name: Send a network's traffic through a Geneve
  podnet.baremetal.route:
    dst: 10.244.2.0/24
    gateway: 10.244.2.1
    dev: gn0
    onlink: true
    encap:
      id: 244
      dst: 192.0.2.12
      ttl: 64

- name: Refuse to send anything to a network
  podnet.baremetal.route:
    dst: 2001:db8:dead::/48
    type: unreachable

- name: Delete the route in the table of its own, and no other to this destination
  podnet.baremetal.route:
    dst: 0.0.0.0/0
    table: 100
    state: absent
"""

RETURN = r"""
before:
  description: The routes that the task names as they were; those that were absent are missing.
  returned: success
  type: list
  elements: dict
  sample: []
after:
  description: The same as they are now, or in check mode would be.
  returned: success
  type: list
  elements: dict
  sample:
    - {dst: 198.51.100.0/24, table: 254, metric: 0, tos: 0, gateway: 192.0.2.1, protocol: 4}
commands:
  description: The commands that an operator would have typed for the same changes, in order.
  returned: success
  type: list
  elements: str
  sample:
    - ip route add 198.51.100.0/24 via 192.0.2.1 proto 4
failures:
  description: What the kernel refused, each with object, operation, error and reason.
  returned: when changes failed
  type: list
  elements: str
  sample:
    - "route 198.51.100.0/24: add: ENETUNREACH: Nexthop has invalid gateway"
"""

from ansible_collections.podnet.baremetal.plugins.module_utils.resource_module import Resource

RESOURCE = Resource(
    section="routes",
    plural="routes",
    options={
        "dst": {"type": "str", "aliases": ["dest", "to"], "required": True},
        "table": {"type": "str"},
        "metric": {"type": "int"},
        "tos": {"type": "int"},
        "gateway": {"type": "str", "aliases": ["via"]},
        "dev": {"type": "str", "aliases": ["device"]},
        "nexthops": {
            "type": "list",
            "elements": "dict",
            "options": {
                "gateway": {"type": "str", "aliases": ["via"]},
                "dev": {"type": "str", "aliases": ["device"]},
                "weight": {"type": "int", "default": 1},
                "onlink": {"type": "bool"},
            },
        },
        "nhid": {"type": "int"},
        "src": {"type": "str"},
        "onlink": {"type": "bool"},
        "encap": {
            "type": "dict",
            "options": {
                "type": {"type": "str", "choices": ["ip", "ip6"]},
                "id": {"type": "int"},
                "dst": {"type": "str"},
                "src": {"type": "str"},
                "ttl": {"type": "int"},
                "tos": {"type": "int"},
                "csum": {"type": "bool"},
                "key": {"type": "bool"},
                "seq": {"type": "bool"},
            },
        },
        "type": {
            "type": "str",
            "choices": [
                "unicast",
                "local",
                "broadcast",
                "multicast",
                "blackhole",
                "unreachable",
                "prohibit",
                "throw",
            ],
        },
        "scope": {"type": "str", "choices": ["global", "site", "link", "host"]},
        "protocol": {"type": "str"},
        "pref": {"type": "str", "choices": ["low", "medium", "high"]},
        "mtu": {"type": "int"},
        "advmss": {"type": "int"},
        "hoplimit": {"type": "int"},
        "window": {"type": "int"},
        "rtt": {"type": "int"},
        "rttvar": {"type": "int"},
        "rto_min": {"type": "int"},
        "ssthresh": {"type": "int"},
        "cwnd": {"type": "int"},
        "initcwnd": {"type": "int"},
        "initrwnd": {"type": "int"},
        "reordering": {"type": "int"},
        "quickack": {"type": "bool"},
        "fastopen_no_cookie": {"type": "bool"},
        "features": {"type": "list", "elements": "str", "choices": ["ecn"]},
        "congctl": {"type": "str"},
        "lock": {"type": "list", "elements": "str"},
    },
)


def main() -> None:
    RESOURCE.main()


if __name__ == "__main__":
    main()
