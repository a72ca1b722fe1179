"""Start real pods on a host through its container runtime, as the kubelet does, from Kubernetes Pod manifests.

Installed on the lab's hosts as the command `podctl`. A host starts the pods whose `nodeName` is its own; there is
no API server, no scheduler, and nothing restarts what ends.
"""
