# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for get-pip.py in the environments of ansible-test: installs with the pip that Python brings."""

from __future__ import annotations

import subprocess
import sys

GET_PIP_OPTIONS = ("--no-setuptools", "--no-wheel")


def main() -> None:
    """Unpack Python's own pip, then let it install the arguments, among them the pip that ansible-test wants."""
    wanted = [argument for argument in sys.argv[1:] if argument not in GET_PIP_OPTIONS]
    for command in (["ensurepip", "--default-pip"], ["pip", "install", "--quiet", *wanted]):
        subprocess.run([sys.executable, "-m", *command], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
