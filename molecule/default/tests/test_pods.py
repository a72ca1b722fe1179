"""The guide's example with real pods: client on node-1, server on node-2."""

from __future__ import annotations

from shared.connectivity import Connectivity
from shared.lab import lab


class TestConnectivity(Connectivity):
    """Over VXLAN."""

    def test_containers_of_one_pod_share_localhost(self, pods: dict[str, str]) -> None:
        assert "pair" in pods
        page = lab("exec", "pair", "-c", "shell", "--", "wget", "-qO-", "http://localhost:8080")
        assert page.returncode == 0, page.stdout
