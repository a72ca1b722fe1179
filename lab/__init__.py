"""A cluster of real hosts on one machine: systemd containers as bare metal, containerd's pods on top.

The collection does not need any of this; the demo, the scenarios and whoever works on the collection do.
"""
