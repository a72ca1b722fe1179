"""What passes an interface of a host while something happens."""

from __future__ import annotations

from collections.abc import Callable

from testinfra.host import Host

#: Seconds; a capture ends by itself.
LONGEST = 5


def captured(host: Host, device: str, expression: str, happens: Callable[[], object]) -> list[str]:
    """tcpdump's lines for packets on `device` that match `expression`, at most 50, while `happens()` runs."""
    capture = f"timeout {LONGEST} tcpdump -l -n -i {device} -c 50 '{expression}'"
    unit = "podnet-test-capture"
    host.check_output(
        f'systemd-run --collect --unit {unit} -p StandardOutput=file:/run/{unit} sh -c "{capture}"; sleep 1'
    )
    happens()
    host.check_output(f"sleep 1; systemctl stop {unit} || true")
    return host.check_output(f"cat /run/{unit}; rm /run/{unit}").splitlines()
