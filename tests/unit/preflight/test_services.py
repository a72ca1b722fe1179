"""Which programs run, from what systemctl says: there is no systemd where these tests run."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.baremetal.plugins.module_utils.preflight import machine


@pytest.fixture
def systemctl(monkeypatch):
    """Let systemctl say of the five services what the test gives."""

    def say(*states):
        monkeypatch.setattr(
            machine, "run", lambda command: "\n\n".join(f"ActiveState={each}" for each in states) + "\n"
        )

    return say


@pytest.mark.parametrize(("enabled", "active"), [("ENABLED=yes", True), ("ENABLED=no", False), ("", False)])
def test_ufw_runs_if_it_is_switched_on_too(systemctl, monkeypatch, tmp_path, enabled, active):
    config = tmp_path / "ufw.conf"
    config.write_text(f"# /etc/ufw/ufw.conf\n# ENABLED=yes\n{enabled}\nLOGLEVEL=low\n")
    monkeypatch.setattr(machine, "_UFW_CONFIG", str(config))
    systemctl("inactive", "active", "active", "failed", "activating")
    assert machine._services() == {
        "firewalld": False,
        "ufw": active,
        "docker": True,
        "systemd-networkd": False,
        "NetworkManager": False,
    }


@pytest.mark.parametrize(
    ("text", "backend"), [("FirewallBackend=iptables\n", "iptables"), ("#FirewallBackend=iptables\n", "nftables")]
)
def test_firewalld_has_the_nftables_backend_unless_it_says_otherwise(monkeypatch, tmp_path, text, backend):
    config = tmp_path / "firewalld.conf"
    config.write_text(text)
    monkeypatch.setattr(machine, "_FIREWALLD_CONFIG", str(config))
    assert machine._firewalld_backend() == backend
