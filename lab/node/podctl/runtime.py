"""A client of the container runtime's CRI socket."""

from __future__ import annotations

import importlib
from typing import Any

import grpc

# Generated from cri.proto when the image is built.
messages = importlib.import_module(".cri_pb2", __package__)

SOCKET = "unix:///run/containerd/containerd.sock"
TIMEOUT = 60
"""Seconds for one call; starting a sandbox, with its network, takes about one."""


class RuntimeRefused(Exception):
    """What the runtime said when it did not do what it was asked for."""


class Runtime:
    """Calls the runtime's methods by name: `runtime.call("RunPodSandbox", config={...})` gives its response."""

    def __init__(self, socket: str = SOCKET) -> None:
        self._channel = grpc.insecure_channel(socket)

    def call(self, method: str, **fields: Any) -> Any:
        """One call; `fields` are the request's, nested messages as dicts."""
        send = self._channel.unary_unary(
            f"/runtime.v1.RuntimeService/{method}",
            request_serializer=getattr(messages, f"{method}Request").SerializeToString,
            response_deserializer=getattr(messages, f"{method}Response").FromString,
        )
        try:
            return send(getattr(messages, f"{method}Request")(**fields), timeout=TIMEOUT)
        except grpc.RpcError as error:
            raise RuntimeRefused(f"{method}: {error.details()}") from error
