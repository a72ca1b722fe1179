"""A client of the container runtime's CRI socket."""

from __future__ import annotations

import importlib
from typing import Any

import grpc

# Generated from cri.proto when the image is built.
messages = importlib.import_module(".cri_pb2", __package__)

SOCKET = "unix:///run/containerd/containerd.sock"
TIMEOUT = 60.0
"""Seconds for one call; starting a sandbox, with its network, takes about one."""


class RuntimeRefused(Exception):
    """What the runtime said when it did not do what it was asked for."""


class Runtime:
    """Calls the runtime's methods by name: `runtime.call("RunPodSandbox", config={...})` gives its response."""

    def __init__(self, socket: str = SOCKET) -> None:
        self._channel = grpc.insecure_channel(socket)

    def call(self, method: str, within: float | None = TIMEOUT, **fields: Any) -> Any:
        """One call that may take `within` seconds (None: any time); `fields` are the request's, as (nested) dicts."""
        send = self._channel.unary_unary(
            f"/runtime.v1.RuntimeService/{method}",
            request_serializer=getattr(messages, f"{method}Request").SerializeToString,
            response_deserializer=getattr(messages, f"{method}Response").FromString,
        )
        try:
            return send(getattr(messages, f"{method}Request")(**fields), timeout=within)
        except grpc.RpcError as error:
            raise RuntimeRefused(f"{method}: {error.details()}") from error
