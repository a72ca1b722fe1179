# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' objects from files on the controller: manifests as people write them, and what kubectl prints."""

from __future__ import annotations

import os
from typing import Any, Iterator, List, Mapping, Tuple

import yaml

from . import repeated_keys
from .repeated_keys import RepeatedKeyError

#: What a file in a folder is called that is read; one that is named itself may be called anything.
SUFFIXES = (".json", ".yaml", ".yml")


#: YAML as the API server reads it, to which a time is a string.
_LOADER = type(
    "_Loader",
    (getattr(yaml, "CSafeLoader", yaml.SafeLoader),),
    {
        "yaml_implicit_resolvers": {
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }
    },
)


class FileError(Exception):
    """A file that cannot be read, or holds no objects; the message names it."""


def objects(path: str) -> Iterator[Tuple[str, List[Mapping[str, Any]]]]:
    """Each file at or below ``path``, in order of their names, with the objects of all of its documents.

    Raises ``FileError``.
    """
    for name in _files(path):
        yield name, parsed(_text(name), name)


def parsed(text: str, name: str) -> List[Mapping[str, Any]]:
    """The objects of a text in JSON or YAML; ``name`` is where it comes from. Raises ``FileError``."""
    found: List[Mapping[str, Any]] = []
    for document in _documents(text, name):
        for each in document if isinstance(document, list) else [document]:
            if not isinstance(each, Mapping):
                raise FileError(
                    "%s: holds %s where an object of Kubernetes was expected. Way out: give manifests, or what kubectl "
                    "get -o json prints." % (name, type(each).__name__)
                )
            found.append(each)
    return found


def _documents(text: str, name: str) -> List[Any]:
    """All that is not empty. JSON first: of a dump of thousands of pods YAML's parser makes half a minute."""
    try:
        return _parsed(text)
    except RepeatedKeyError as error:
        raise FileError(
            "%s: %s: the key is there twice, of which one would be lost. Way out: make one of the two." % (name, error)
        ) from error
    except yaml.YAMLError as error:
        raise FileError("%s: is neither JSON nor YAML: %s" % (name, " ".join(str(error).split()))) from error


def _parsed(text: str) -> List[Any]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return [repeated_keys.from_json(text)]
        except ValueError:
            pass  # YAML may begin so as well, and then says what is wrong
    return [document for document in repeated_keys.from_yaml(text, _LOADER) if document is not None]


def _files(path: str) -> List[str]:
    if not os.path.isdir(path):
        return [path]
    found = sorted(
        os.path.join(folder, name)
        for folder, _folders, names in os.walk(path, onerror=_refuse)
        for name in names
        if name.endswith(SUFFIXES) and not name.startswith(".")
    )
    if not found:
        raise FileError("%s: holds no file that ends in %s" % (path, ", ".join(SUFFIXES)))
    return found


def _refuse(error: OSError) -> None:
    raise FileError("%s: %s" % (error.filename, error.strerror)) from error


def _text(name: str) -> str:
    try:
        with open(name, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError("%s: cannot be read: %s" % (name, getattr(error, "strerror", None) or error)) from error
