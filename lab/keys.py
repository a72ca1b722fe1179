"""The lab's own SSH keys and client configuration; nobody's known_hosts or agent is touched."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from lab.paths import STATE
from lab.process import run

CLIENT_KEY = STATE / "id_ed25519"
HOST_KEY = STATE / "ssh_host_ed25519_key"
"""One host key for all hosts, so that a host made anew is still the host that a client knows."""
KNOWN_HOSTS = STATE / "known_hosts"
CONFIG = STATE / "ssh_config"


def ensure(addresses: Mapping[str, str]) -> None:
    """Make the keys unless they are there, and write the configuration for `addresses` (host name to address)."""
    STATE.mkdir(parents=True, exist_ok=True)
    for key in (CLIENT_KEY, HOST_KEY):
        if not key.exists():
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"podnet lab {key.name}", "-f", key])
    names = ",".join([*addresses, *addresses.values()])
    KNOWN_HOSTS.write_text(f"{names} {public(HOST_KEY)}")
    CONFIG.write_text("".join(entry(name, address) for name, address in addresses.items()))


def public(key: Path) -> str:
    """The public half, as one line."""
    return key.with_name(f"{key.name}.pub").read_text()


def entry(name: str, address: str) -> str:
    """What ssh needs to know of one host, by its name or address."""
    return (
        f"Host {name} {address}\n"
        f"    HostName {address}\n"
        f"    User root\n"
        f"    IdentityFile {CLIENT_KEY}\n"
        f"    IdentitiesOnly yes\n"
        f"    UserKnownHostsFile {KNOWN_HOSTS}\n"
        f"    StrictHostKeyChecking yes\n"
    )


def remove() -> None:
    """Forget the keys."""
    shutil.rmtree(STATE, ignore_errors=True)
