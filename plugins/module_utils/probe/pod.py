# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A probe pod's life: a network namespace, attached as a runtime would, with a responder in it.

A record on disk says what was attached with which configuration. It is written before the first step and removed after
the last, so whatever happens in between (a crash, a reboot, a changed configuration) the next call knows what to take
back, down to host-local's address.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import socket
import time
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence

from ..cni import chain, config, netns, result
from ..cni.errors import CniError
from ..cni.plugin import BIN_DIRS, Call
from . import admission, responder

#: The records' directory. It outlives a reboot, as host-local's addresses do.
RECORD_DIR = "/var/lib/podnet/probe"
#: The pod's interface, as Kubernetes' runtimes name it.
INTERFACE = "eth0"


@dataclass(frozen=True)
class Settings:
    """How pods are attached on this host."""

    conf_dir: str = config.CONF_DIR
    bin_dirs: Sequence[str] = BIN_DIRS
    #: Seconds after which a responder ends by itself.
    lifetime: int = 600
    port: int = responder.PORT
    record_dir: str = RECORD_DIR


class ProbePod:
    """The probe pod ``name``, which is its namespace's name and its container ID."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self._file = os.path.join(settings.record_dir, name + ".json")

    def ensure(self, check_mode: bool) -> bool:
        """Attached with the present configuration and answering; whether something was, or would be, changed.

        Raises `CniError` or OSError; what was begun is taken back then.
        """
        network = config.select(self.settings.conf_dir)
        chain.require(network, self.settings.bin_dirs)
        record = self._read()
        attached = self._is_attached(record, network)
        if attached and self._answers(record):
            if not check_mode:
                self._admit()  # policy may have come after the pod
            return False
        if not check_mode:
            try:
                if not attached:
                    self.remove(check_mode=False)
                    self._attach(network)
                self._admit()
                self._respond()
            except BaseException:
                with contextlib.suppress(CniError, OSError):  # its record stays for the next try
                    self.remove(check_mode=False)
                raise
        return True

    def remove(self, check_mode: bool) -> bool:
        """Detached, its namespace and record gone; whether something was, or would be, changed. Idempotent."""
        record = self._read()
        namespace = netns.exists(self.name)
        if record is None and not namespace:
            return False
        if not check_mode:
            if record is not None:
                self._detach(record)
            if namespace:
                netns.delete(self.name)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._file)
            with contextlib.suppress(OSError):  # another pod's record is still there
                os.removedirs(self.settings.record_dir)
        return True

    def describe(self) -> Dict[str, Any]:
        """``name``, ``addresses`` (without prefix length), ``mtu``, ``port``, ``pid``; only the name where there is
        no such pod."""
        record = self._read()
        if record is None or record["result"] is None or not netns.exists(self.name):
            return {"name": self.name, "addresses": []}
        with netns.entered(self.name):
            mtu = netns.interface_mtu(INTERFACE)
        return {
            "name": self.name,
            "addresses": [str(address) for address in self._addresses(record)],
            "mtu": mtu,
            "port": record["port"],
            "pid": record["pid"],
        }

    def _attach(self, network: config.Network) -> None:
        record: Dict[str, Any] = {
            "network": config.dump(network),
            "file": network.file,
            "bin_dirs": list(self.settings.bin_dirs),
            "result": None,
            "pid": 0,
            "port": 0,
            "ends": 0.0,
        }
        self._write(record)
        netns.create(self.name)
        record["result"] = chain.add(network, self._call(record))
        self._write(record)
        result.parse(record["result"], network.file)

    def _admit(self) -> None:
        addresses = [str(address) for address in self._addresses(self._read() or {})]
        admission.admit(addresses, self.settings.lifetime)

    def _respond(self) -> None:
        """Start a responder, in the place of one whose time is short."""
        record = self._read() or {}
        responder.stop(record["pid"], self.name)
        families = {socket.AF_INET if a.version == 4 else socket.AF_INET6 for a in self._addresses(record)}
        pid = responder.start(self.name, sorted(families), self.settings.lifetime, self.settings.port)
        record.update(pid=pid, port=self.settings.port, ends=time.time() + self.settings.lifetime)
        self._write(record)

    def _detach(self, record: Dict[str, Any]) -> None:
        responder.stop(record["pid"], self.name)
        with contextlib.suppress(CniError):  # where plugins gave no address; and what is admitted ends by itself
            admission.dismiss(str(address) for address in self._addresses(record))
        network = config.parse(record["network"], record["file"])
        chain.delete(network, self._call(record), record["result"])

    def _is_attached(self, record: Optional[Dict[str, Any]], network: config.Network) -> bool:
        """Attached by this very configuration, and the plugins agree (CHECK)."""
        if record is None or record["result"] is None or record["network"] != config.dump(network):
            return False
        return netns.exists(self.name) and chain.check(network, self._call(record), record["result"]) is None

    def _answers(self, record: Optional[Dict[str, Any]]) -> bool:
        """A responder is there, on the wanted port, with at least half of a lifetime left."""
        return (
            record is not None
            and responder.alive(record["pid"], self.name)
            and record["port"] == self.settings.port
            and record["ends"] - time.time() >= self.settings.lifetime / 2
        )

    def _call(self, record: Dict[str, Any]) -> Call:
        namespace = netns.path(self.name) if netns.exists(self.name) else ""
        return Call(self.name, namespace, INTERFACE, record["bin_dirs"])

    def _addresses(self, record: Dict[str, Any]) -> List[Any]:
        attachment = result.parse(record["result"], record["file"])
        return [ipaddress.ip_interface(address).ip for address in attachment.addresses]

    def _read(self) -> Optional[Dict[str, Any]]:
        try:
            with open(self._file, encoding="utf-8") as stream:
                return dict(json.load(stream))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise CniError(
                f"damaged record {self._file} of probe pod {self.name}: {error}; remove the file, "
                "and the pod's lease (module podnet.baremetal.pod_info lists them)"
            ) from error

    def _write(self, record: Dict[str, Any]) -> None:
        os.makedirs(self.settings.record_dir, mode=0o700, exist_ok=True)
        fresh = self._file + ".new"
        with open(fresh, "w", encoding="utf-8") as stream:
            json.dump(record, stream)
        os.replace(fresh, self._file)
