# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, labels and ports as the API server wants them: each function returns what it says against a value.

Source: ``k8s.io/apimachinery/pkg/util/validation`` and ``pkg/api/validate/content``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Tuple

Reasons = Tuple[str, ...]

_DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_SUBDOMAIN = _DNS_LABEL + r"(\." + _DNS_LABEL + ")*"
_LABEL_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = "(" + _LABEL_KEY + ")?"

_dns_label = re.compile(_DNS_LABEL).fullmatch
_dns_subdomain = re.compile(_DNS_SUBDOMAIN).fullmatch
_label_key = re.compile(_LABEL_KEY).fullmatch
_label_value = re.compile(_LABEL_VALUE).fullmatch

_LABEL_KEY_WORDS = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    " (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '%s')" % _LABEL_KEY
)


def _at_most(length: int) -> str:
    return "must be no more than %d bytes" % length


def _longer(value: str, length: int) -> bool:
    return len(value) > length or (not value.isascii() and len(value.encode("utf-8", "replace")) > length)


def dns_label(value: str) -> Reasons:
    """A namespace's name (RFC 1123 label)."""
    if _dns_label(value) and len(value) <= 63:
        return ()
    reasons = [_at_most(63)] if _longer(value, 63) else []
    if not _dns_label(value):
        reasons.append(
            "must not contain dots"
            if _dns_subdomain(value)
            else "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start"
            " and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '%s')"
            % _DNS_LABEL
        )
    return tuple(reasons)


def dns_subdomain(value: str) -> Reasons:
    """A pod's or a policy's name (RFC 1123 subdomain)."""
    if _dns_subdomain(value) and len(value) <= 253:
        return ()
    reasons = [_at_most(253)] if _longer(value, 253) else []
    if not _dns_subdomain(value):
        reasons.append(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must"
            " start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '%s')"
            % _DNS_SUBDOMAIN
        )
    return tuple(reasons)


@lru_cache(maxsize=4096)
def label_key(value: str) -> Reasons:
    """A label's key: a name of up to 63 bytes, after a DNS subdomain and ``/`` if need be."""
    prefix, slash, name = value.partition("/")
    if not slash:
        prefix, name = "", value
    if "/" in name:
        return ("a valid label key %s with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
                % _LABEL_KEY_WORDS,)  # fmt: skip
    reasons = []
    if slash:
        reasons += (
            ["prefix part " + reason for reason in dns_subdomain(prefix)]
            if prefix
            else ["prefix part must be non-empty"]
        )
    if not name:
        reasons.append("name part must be non-empty")
    elif _longer(name, 63):
        reasons.append("name part " + _at_most(63))
    if not _label_key(name):
        reasons.append("name part " + _LABEL_KEY_WORDS)
    return tuple(reasons)


def label_value(value: str) -> Reasons:
    reasons = [_at_most(63)] if _longer(value, 63) else []
    if not _label_value(value):
        reasons.append(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must"
            " start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for"
            " validation is '%s')" % _LABEL_VALUE
        )
    return tuple(reasons)


def port_number(value: int) -> Reasons:
    return () if 1 <= value <= 65535 else ("must be between 1 and 65535, inclusive",)


@lru_cache(maxsize=4096)
def port_name(value: str) -> Reasons:
    """A port's name (IANA_SVC_NAME, RFC 6335 section 5.1, in lower case)."""
    reasons = []
    if _longer(value, 15):
        reasons.append(_at_most(15))
    if not re.fullmatch("[-a-z0-9]+", value):
        reasons.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", value):
        reasons.append("must contain at least one letter (a-z)")
    if "--" in value:
        reasons.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        reasons.append("must not begin or end with a hyphen")
    return tuple(reasons)
