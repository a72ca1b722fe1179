"""What passes an interface of a host while something happens."""

from __future__ import annotations

from collections.abc import Callable

from testinfra.host import Host

#: Seconds; a capture ends by itself.
LONGEST = 5


def captured(host: Host, device: str, expression: str, happens: Callable[[], object]) -> list[str]:
    """tcpdump's lines for packets on `device` that match `expression`, at most 50, while `happens()` runs."""
    capture = f"timeout {LONGEST} tcpdump -l -n -i {device} -c 50 '{expression}'"
    file = "/run/podnet-test-capture"
    unit = f"systemd-run --collect --unit podnet-test-capture -p StandardOutput=file:{file} -p StandardError=null"
    host.check_output(f'{unit} sh -c "{capture}"; sleep 1')
    happens()
    return host.check_output(f"sleep 1; systemctl stop podnet-test-capture; cat {file}; rm {file}").splitlines()
