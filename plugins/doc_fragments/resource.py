# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules for single resources have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """``podnet.baremetal.resource``: the options and notes of modules for objects of one kind."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) adds what is missing and changes what differs. Only attributes that the task gives are compared.
      - V(absent) deletes. Only the attributes that tell an object from others count; the others are not looked at.
    type: str
    choices: [present, absent]
    default: present
  namespace:
    description:
      - Name of the network namespace to work in, as C(ip netns) has it. It must exist.
      - Without it the module works in the namespace that Ansible works in, the host's own.
    type: str
notes:
  - All objects of a task are checked before the first change, and all that is wrong is told at once. When a change
    fails, what the task has changed is taken back. After a change the kernel is read again to see that it took effect.
  - Nothing is remembered, and nothing outlives a reboot. M(podnet.baremetal.network_state) keeps what it is given, with
    all that belongs together in one document, and so can bring it back at boot and remove what is no longer wanted.
  - What such a document holds on the host is left to it. A change that contradicts it is refused with its name.
"""
