#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""FRR's BGP sessions, and what they brought to the kernel."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bgp_info
short_description: FRR's BGP sessions, why those that are down are so, and BGP routes in the kernel
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Asks FRR for its BGP sessions, and the kernel for the routes that BGP brought.
  - Where sessions are down it watches for some seconds what becomes of them, and names the likely cause as far as the
    host can know it. The peer cannot be reached, refuses the connection, or has another ASN or password; packets come
    from farther than TTL security allows; BFD is down; or there were too many prefixes.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: The module only reads.
  diff_mode:
    support: none
    details: There is nothing to show, for nothing changes.
  platform:
    platforms: linux
options:
  watch:
    description:
      - Seconds to watch sessions that are down, or until all are up. V(0) does not watch, and names fewer causes.
      - Within this time both ends have to try to connect, for another password to be seen. They try again after one,
        three and seven seconds.
    type: float
    default: 5
  managed_only:
    description:
      - Whether to look only where M(podnet.baremetal.frr_config) manages FRR, and only at the neighbors that it told
        FRR of. Nothing is returned elsewhere, and nothing of sessions that others have.
    type: bool
    default: false
  down_only:
    description:
      - Whether to return only sessions that are not established, and no routes. In a large cluster all the rest is much
        to carry to the controller.
    type: bool
    default: false
notes:
  - A neighbor's password is counted by the kernel for all sessions together. Where several are down and each of their
    neighbors answers to ping, a wrong one is ascribed to all that have a password.
seealso:
  - module: podnet.baremetal.frr_config
"""

EXAMPLES = r"""
- name: Look at BGP
  podnet.baremetal.bgp_info:
  register: bgp

- name: Require that all sessions are up
  ansible.builtin.assert:
    that: bgp.sessions | rejectattr('state', 'eq', 'established') | length == 0
    fail_msg: "{{ bgp.sessions | rejectattr('state', 'eq', 'established') | map(attribute='cause') | join('; ') }}"
"""

RETURN = r"""
sessions:
  description: One for each neighbor.
  returned: success
  type: list
  elements: dict
  contains:
    peer:
      description: The neighbor's description, the node's name where role P(podnet.baremetal.bgp#role) wrote it.
      type: str
      sample: node-2
    address:
      description: The neighbor's address; empty where it is known by its interface and was not heard yet.
      type: str
      sample: 198.51.100.12
    interface:
      description: The interface that it is behind, if it is known by that.
      type: str
      sample: ""
    remote_as:
      description: Its ASN; 0 where any is accepted and it has not said its own.
      type: int
      sample: 64512
    state:
      description:
        - V(idle), V(connect), V(active), V(opensent), V(openconfirm) or V(established).
        - With O(managed_only), V(missing) for a neighbor that FRR was told of and does not have.
      type: str
      sample: established
    since:
      description: The Unix time since which it is established, or none.
      type: int
      sample: 1795478855
    families:
      description:
        - By address family, the prefixes accepted of the neighbor's, those sent to it, and the maximum that ends the
          session, 0 for none.
        - How many it announced beside those accepted, FRR does not keep.
      type: dict
      sample: {ipv4Unicast: {accepted: 2, sent: 1, maximum: 64}}
    bfd:
      description: V(up), V(down), V(unknown), or empty without BFD.
      type: str
      sample: up
    last_error:
      description: What ended the session last, in FRR's words.
      type: str
      sample: OPEN Message Error/Bad Peer AS
    cause:
      description: Why it is not established; empty where it is.
      type: str
      sample: the peer cannot be reached, Destination Host Unreachable
unanswered:
  description: What was said instead of FRR's answer, where it runs no BGP or is not there; empty where it answered.
  returned: success
  type: str
  sample: bgpd is not running
routes:
  description: BGP routes in the kernel, as C(ip -j route show proto bgp) prints them, both address families.
  returned: without O(down_only)
  type: list
  elements: dict
  sample:
    - {dst: 10.244.1.0/24, gateway: 198.51.100.12, dev: eth0, protocol: bgp, metric: 20, flags: []}
"""

import json
from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.frr import ledger
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.causes import Seen, cause
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.errors import FrrError
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.paths import Paths
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.sessions import Session, as_result, planned, sessions
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.vtysh import Vtysh
from ansible_collections.podnet.baremetal.plugins.module_utils.frr.watch import watch
from ansible_collections.podnet.baremetal.plugins.module_utils.kernel.command import CommandError, run

NOT_WATCHED = Seen("", False, {})


def explained(seconds: float, content: Optional[str]) -> List[Dict[str, Any]]:
    """The sessions, each that is down with its cause: all, or those with the neighbors that ``content`` names."""
    found = asked(content)
    down = [session for session in found if not session.established]
    seen: Dict[str, Seen] = {}
    if down and seconds:
        watched = watch(down, seconds, lambda: all(session.established for session in asked(content)))
        seen = {session.name: each for session, each in zip(down, watched)}
        found = asked(content)
    return [as_result(session, cause(session, seen.get(session.name, NOT_WATCHED))) for session in found]


def asked(content: Optional[str]) -> List[Session]:
    found = sessions(Vtysh().json("show bgp neighbors json"))
    return found if content is None else planned(found, content)


def routes() -> List[Dict[str, Any]]:
    listings = [run(["ip", "-j", family, "route", "show", "proto", "bgp"]) for family in ("-4", "-6")]
    return [route for listing in listings for route in json.loads(listing or "[]")]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "watch": {"type": "float", "default": 5.0},
            "managed_only": {"type": "bool", "default": False},
            "down_only": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    given = module.params
    found: List[Dict[str, Any]] = []
    unanswered = ""
    try:
        kept = ledger.read(Paths().ledger) if given["managed_only"] else None
        if given["managed_only"] and kept is None:
            module.exit_json(changed=False, sessions=[], unanswered="", routes=[])
        found = explained(given["watch"], kept.content if kept else None)
    except FrrError as error:
        unanswered = str(error)
    if given["down_only"]:
        down = [session for session in found if session["state"] != "established"]
        module.exit_json(changed=False, sessions=down, unanswered=unanswered)
    try:
        module.exit_json(changed=False, sessions=found, unanswered=unanswered, routes=routes())
    except CommandError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
