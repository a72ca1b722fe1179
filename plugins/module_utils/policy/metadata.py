# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object's ``metadata``: who it is, and its labels.

Source: ``k8s.io/apimachinery/pkg/api/validation/objectmeta.go``.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, NamedTuple

from . import problems, syntax
from .fields import Fields

#: The namespace of objects that name none (as ``kubectl`` has it without a context's namespace).
DEFAULT_NAMESPACE = "default"

#: The label by which every namespace can be selected.
NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"

_STRINGS = ("generateName", "selfLink", "uid", "resourceVersion", "deletionTimestamp")
_INTEGERS = ("generation", "deletionGracePeriodSeconds")
_LISTS = ("ownerReferences", "finalizers", "managedFields")
_KNOWN = frozenset(("name", "namespace", "labels", "annotations", "creationTimestamp") + _STRINGS + _INTEGERS + _LISTS)
_ANNOTATIONS_BYTES = 256 * 1024


class Identity(NamedTuple):
    """``namespace`` is "" of an object that belongs to the whole cluster; ``name`` is "" where there is none."""

    namespace: str
    name: str


def identity(fields: Fields, metadata: Mapping[str, Any], name_syntax: Callable[[str], syntax.Reasons]) -> Identity:
    """Namespace and name of an object that belongs to a namespace."""
    namespace = fields.string(metadata.get("namespace"), "metadata.namespace") or DEFAULT_NAMESPACE
    reasons = syntax.dns_label(namespace)
    if reasons:
        fields.note_all("metadata.namespace", namespace, reasons)
    return Identity(namespace, name(fields, metadata, name_syntax))


def name(fields: Fields, metadata: Mapping[str, Any], name_syntax: Callable[[str], syntax.Reasons]) -> str:
    """An object's name, "" where there is none and that was noted."""
    text = fields.string(metadata.get("name"), "metadata.name")
    if text:
        reasons = name_syntax(text)
        if reasons:
            fields.note_all("metadata.name", text, reasons)
    elif text is not None:
        fields.note("metadata.name", text, "name is required", problems.REQUIRED)
    return text or ""


def strict(fields: Fields) -> Mapping[str, Any]:
    """``metadata`` of an object whose unknown fields are refused, after all of it but its identity and labels."""
    metadata = fields.mapping(fields.body.get("metadata"), "metadata", _KNOWN)
    for each in _STRINGS:
        fields.string(metadata.get(each), "metadata." + each)
    for each in _INTEGERS:
        number = fields.integer(metadata.get(each), "metadata." + each)
        if number is not None and number < 0:
            fields.note("metadata." + each, number, "must be greater than or equal to 0")
    for each in _LISTS:
        fields.sequence(metadata.get(each), "metadata." + each)
    _annotations(fields, metadata.get("annotations"))
    return metadata


def _annotations(fields: Fields, value: Any) -> None:
    field = "metadata.annotations"
    annotations = fields.strings(value, field)
    for key in annotations:
        fields.note_all(field, key, syntax.label_key(key.lower()))
    size = sum(len(text.encode("utf-8", "replace")) for pair in annotations.items() for text in pair)
    if size > _ANNOTATIONS_BYTES:
        fields.note(field, size, "must have at most %d bytes" % _ANNOTATIONS_BYTES)
