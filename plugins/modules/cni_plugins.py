#!/usr/bin/python
# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring CNI plugin binaries to where the runtime looks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cni_plugins
short_description: Bring CNI plugins to where the container runtime looks
version_added: 0.1.0
author: podnet.baremetal maintainers (@podnet)
description:
  - Links the CNI plugins of the distribution's package into the runtime's directory, or unpacks those of a given
    archive and links them.
  - Plugins that others put into the runtime's directory are left alone.
attributes:
  check_mode:
    description: Predicts the links; a plugin that its package has not brought yet counts as one that it will bring.
    support: full
  diff_mode:
    description: Shows the links.
    support: full
  platform:
    description: Target platforms.
    platforms: linux
    support: full
options:
  name:
    description: The plugins.
    type: list
    elements: str
    default: [bridge, host-local, loopback, portmap, bandwidth]
  state:
    description:
      - V(absent) removes what was unpacked and all links to it, and the links to packaged plugins that are called as
        one of O(name) or of its default. It removes no package.
    type: str
    choices: [present, absent]
    default: present
  bin_dir:
    description: The runtime's directory of CNI plugins.
    type: path
    default: /opt/cni/bin
  archive:
    description: Path on the host of a tar archive with the plugins, used instead of the distribution's package.
    type: path
  checksum:
    description: The archive's checksum, C(sha256:) or C(sha512:) and hexadecimal digits.
    type: str
seealso:
  - module: podnet.baremetal.cni_config
"""

EXAMPLES = r"""
- name: Link the plugins of the distribution's package
  podnet.baremetal.cni_plugins:

- name: Use the plugins of a release
  podnet.baremetal.cni_plugins:
    archive: /var/cache/podnet-cni-plugins.tgz
    checksum: sha256:7e2f0b1d5c4a3f6e8d9c0b1a2f3e4d5c6b7a8f9e0d1c2b3a4f5e6d7c8b9a0f1e
"""

RETURN = r"""
links:
  description: The links made, or removed, or that would be.
  type: list
  elements: str
  returned: success
  sample: [/opt/cni/bin/bridge]
unpacked:
  description: The plugins unpacked from the archive, or that would be.
  type: list
  elements: str
  returned: success
  sample: []
"""

from typing import Any, Dict, Sequence

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.podnet.baremetal.plugins.module_utils.cni import binaries
from ansible_collections.podnet.baremetal.plugins.module_utils.cni.errors import CniError


def present(module: AnsibleModule) -> Dict[str, Any]:
    wanted = module.params
    unpacked = []
    sources: Sequence[str] = binaries.PACKAGED
    if wanted["archive"]:
        sources = (binaries.UNPACKED,)
        contents = binaries.read_archive(wanted["archive"], wanted["checksum"], wanted["name"])
        unpacked = binaries.outdated(contents)
        if not module.check_mode:
            binaries.unpack(contents, unpacked)
    links = binaries.wanted_links(wanted["bin_dir"], wanted["name"], sources, certain=not module.check_mode)
    if not module.check_mode:
        binaries.link(links)
    diff = {
        "before": "".join("%s -> %s\n" % (link.path, link.before) for link in links if link.before),
        "after": "".join("%s -> %s\n" % (link.path, link.target) for link in links),
    }
    changed = bool(links or unpacked)
    return {"changed": changed, "links": [link.path for link in links], "unpacked": unpacked, "diff": diff}


def absent(module: AnsibleModule) -> Dict[str, Any]:
    where = (module.params["bin_dir"], module.params["name"])
    links = binaries.our_links(*where)
    changed = bool(links) or binaries.is_unpacked()
    if changed and not module.check_mode:
        binaries.unlink(*where)
    diff = {"before": "".join("%s\n" % path for path in links), "after": ""}
    return {"changed": changed, "links": links, "unpacked": [], "diff": diff}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "list", "elements": "str", "default": list(binaries.PLUGINS)},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "bin_dir": {"type": "path", "default": "/opt/cni/bin"},
            "archive": {"type": "path"},
            "checksum": {"type": "str"},
        },
        required_together=[("archive", "checksum")],
        supports_check_mode=True,
    )
    try:
        result = present(module) if module.params["state"] == "present" else absent(module)
    except CniError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg="%s: %s" % (error.filename, error.strerror))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
