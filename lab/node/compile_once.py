"""Has Python remember what it has compiled out of zip archives; imported at its start, by `compile_once.pth`.

Ansible sends the libraries of a module with each task, in an archive, and Python keeps no bytecode of those: half of
what a task costs a host is compiling the same files again. All hosts of the lab share the processors of one machine.
`make bench` takes it away before it measures tasks, for no other host has it.
"""

from __future__ import annotations

import _imp
import contextlib
import marshal
import os
import zipimport
from collections.abc import Callable
from types import CodeType

FOLDER = "/var/cache/compiled-once"
_OF_ZIPIMPORT = vars(zipimport)
_compile: Callable[[str, bytes], CodeType] = _OF_ZIPIMPORT["_compile_source"]


def compile_once(path: str, source: bytes) -> CodeType:
    """The code of a file in an archive, by its content; tracebacks name the archive that it was in first."""
    file = f"{FOLDER}/{_imp.source_hash(0, source).hex()}"
    with contextlib.suppress(OSError, ValueError, EOFError), open(file, "rb") as stream:
        return marshal.load(stream)
    code = _compile(path, source)
    with contextlib.suppress(OSError):
        os.makedirs(FOLDER, exist_ok=True)
        with open(f"{file}.{os.getpid()}", "wb") as new:
            marshal.dump(code, new)
        os.replace(new.name, file)
    return code


_OF_ZIPIMPORT["_compile_source"] = compile_once
