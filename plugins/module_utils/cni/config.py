# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network configuration that a container runtime on this host would use for its next pod."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

from .errors import CniError

#: Where runtimes look unless told otherwise (containerd's and CRI-O's default).
CONF_DIR = "/etc/cni/net.d"
#: The specification's versions whose results have the list ``ips`` (0.2.0 and before have ``ip4`` and ``ip6``).
VERSIONS = ("0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0")
#: What a runtime takes for a configuration.
SUFFIXES = (".conf", ".conflist", ".json")
#: The way out where there is none.
_NONE = "run podnet.baremetal.site for this host, or name the directory that its runtime uses"


@dataclass(frozen=True)
class Network:
    """A network configuration list: ``plugins`` are the plugins' objects in the order of an ADD."""

    name: str
    version: str
    plugins: Tuple[Dict[str, Any], ...]
    disable_check: bool
    #: Where it was read from, for messages.
    file: str

    @property
    def has_check(self) -> bool:
        """Whether CHECK may be called: it exists since 0.4.0 and a configuration can switch it off."""
        return not self.disable_check and self.version not in ("0.3.0", "0.3.1")


def select(conf_dir: str = CONF_DIR) -> Network:
    """The first configuration of ``conf_dir`` in lexical order, as containerd and CRI-O choose it.

    A file with one plugin (``.conf``, ``.json``) counts as a list of one, as in libcni. A broken first file is an
    error here as it is in containerd: the next one would be a network that no runtime uses.
    """
    try:
        names = sorted(name for name in os.listdir(conf_dir) if name.endswith(SUFFIXES))
    except OSError as error:
        raise CniError(f"cannot list the CNI configurations in {conf_dir}: {error.strerror}; {_NONE}") from error
    if not names:
        raise CniError(f"no CNI configuration (*.conflist, *.conf, *.json) in {conf_dir}: {_NONE}")
    return load(os.path.join(conf_dir, names[0]))


def load(file: str) -> Network:
    """The configuration in ``file``. Raises `CniError` naming the file and what is wrong with it."""
    try:
        with open(file, encoding="utf-8") as stream:
            content = json.load(stream)
    except OSError as error:
        raise CniError(f"cannot read {file}: {error.strerror}", file=file) from error
    except ValueError as error:
        raise _malformed(file, f"it is not JSON: {error}") from error
    return parse(content, file)


def parse(content: Any, file: str) -> Network:
    """The configuration out of decoded JSON, "Section 1: Network configuration format" of the specification."""
    if not isinstance(content, dict):
        raise _malformed(file, "it is not a JSON object")
    if "plugins" not in content:
        content = {
            "name": content.get("name"),
            "cniVersion": content.get("cniVersion"),
            "plugins": [content],
        }
    version = content.get("cniVersion")
    if version not in VERSIONS:
        raise _malformed(file, "cniVersion {!r} is none of {}".format(version, ", ".join(VERSIONS)))
    if not isinstance(content.get("name"), str) or not content["name"]:
        raise _malformed(file, "it has no name")
    return Network(
        name=content["name"],
        version=version,
        plugins=tuple(_plugins(content["plugins"], file)),
        disable_check=content.get("disableCheck") is True,
        file=file,
    )


def dump(network: Network) -> Dict[str, Any]:
    """The inverse of `parse`, for whoever keeps a configuration for its later DEL."""
    return {
        "cniVersion": network.version,
        "name": network.name,
        "disableCheck": network.disable_check,
        "plugins": list(network.plugins),
    }


def _plugins(plugins: Any, file: str) -> List[Dict[str, Any]]:
    if not isinstance(plugins, list) or not plugins:
        raise _malformed(file, "plugins is not a list of at least one plugin")
    for position, plugin in enumerate(plugins):
        kind = plugin.get("type") if isinstance(plugin, dict) else None
        if not isinstance(kind, str) or not kind or os.sep in kind:
            raise _malformed(file, f"plugins[{position}] names no plugin in its type")
    return plugins


def _malformed(file: str, reason: str) -> CniError:
    return CniError(
        f"malformed CNI configuration {file}: {reason}; correct or remove the file, or, if it is ours, run "
        "podnet.baremetal.site for this host",
        file=file,
    )
