"""What passes an interface of a host while something happens."""

from __future__ import annotations

from collections.abc import Callable

from testinfra.host import Host

#: Seconds; a capture ends by itself. What happens may take a while on an emulated host.
LONGEST = 60
FILE = "/run/podnet-test-capture"
UNIT = "podnet-test-capture"


def captured(host: Host, device: str, expression: str, happens: Callable[[], object]) -> list[str]:
    """tcpdump's lines for packets on `device` that match `expression`, at most 50, while `happens()` runs."""
    capture = f"timeout {LONGEST} tcpdump -l -n -i {device} -c 50 '{expression}'"
    files = f"-p StandardOutput=file:{FILE} -p StandardError=file:{FILE}.errors"
    listening = f"until grep -q listening {FILE}.errors; do sleep 0.1; done"
    host.check_output(f'systemd-run --collect --unit {UNIT} {files} sh -c "{capture}"; timeout 20 sh -c "{listening}"')
    happens()
    packets = host.check_output(f"sleep 1; systemctl stop {UNIT}; cat {FILE}").splitlines()
    host.check_output(f"rm {FILE} {FILE}.errors")
    return packets
