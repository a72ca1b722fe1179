# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one CNI plugin, as "Section 2: Execution Protocol" of the CNI specification says."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Sequence

from .errors import CniError, plugin_failed

#: Where runtimes and distributions keep the plugins: upstream's and containerd's, Debian's, the RHEL family's.
BIN_DIRS = ("/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni")
#: Seconds after which a plugin is taken for stuck; kubelet gives a whole pod sandbox two minutes.
_TIMEOUT = 60


@dataclass(frozen=True)
class Call:
    """Who is attached where: the parameters that all plugins of a chain share."""

    container_id: str
    #: Path of the network namespace; empty at a DEL when it is gone already.
    netns: str
    interface: str
    bin_dirs: Sequence[str] = BIN_DIRS

    def environment(self, command: str) -> Dict[str, str]:
        """The variables of the specification's "Parameters", and a PATH for the tools that plugins call."""
        return {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": self.container_id,
            "CNI_NETNS": self.netns,
            "CNI_IFNAME": self.interface,
            "CNI_PATH": ":".join(self.bin_dirs),
        }


def run(command: str, call: Call, configuration: Mapping[str, Any], file: str) -> Optional[Dict[str, Any]]:
    """Run the plugin that ``configuration`` names in ``type``; its result, or None where it prints none.

    Raises `CniError` naming the plugin, ``file``, the CNI error code and message.
    """
    kind = configuration["type"]
    binary = find(kind, call.bin_dirs, file)
    try:
        done = subprocess.run(
            [binary],
            input=json.dumps(configuration).encode(),
            env=call.environment(command),
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise plugin_failed(command, kind, file, None, f"no answer in {_TIMEOUT} s") from error
    except OSError as error:
        raise plugin_failed(command, kind, file, None, f"cannot run {binary}: {error.strerror}") from error
    answer = _decode(done.stdout)
    if done.returncode != 0:
        told = answer if isinstance(answer, dict) else {}
        message = told.get("msg") or (done.stderr + done.stdout).decode(errors="replace").strip()
        raise plugin_failed(command, kind, file, told.get("code"), message, told.get("details", ""))
    return answer if isinstance(answer, dict) else None


def find(kind: str, bin_dirs: Sequence[str], file: str) -> str:
    """The plugin's binary: the first executable named ``kind`` in ``bin_dirs``."""
    for directory in bin_dirs:
        candidate = os.path.join(directory, kind)
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    raise CniError(
        "CNI plugin {!r} of {} is in none of {}: install it there (package containernetworking-plugins, or role "
        "podnet.baremetal.cni), or name the directory where the runtime has it".format(kind, file, ", ".join(bin_dirs)),
        plugin=kind,
        file=file,
    )


def _decode(output: bytes) -> Any:
    try:
        return json.loads(output.decode())
    except ValueError:
        return None
