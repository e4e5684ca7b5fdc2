# SPDX-License-Identifier: Apache-2.0
"""The shared disks: one loop device for each target, which both nodes of its pair see under the same name.

Both nodes have the host's kernel, so that a file system which both have mounted is one file system and its page
cache outlives a node that is switched off.
"""
import stat
import os
import pathlib

from .layout import PAIRS, STATE, targets_of
from .shell import run

FOLDER = STATE / "disks"


def _loop_file(target):
    return FOLDER / f"{target.label}.loop"


def loop_device(target):
    """"/dev/loop7", or "" if there is none."""
    try:
        return _loop_file(target).read_text().strip()
    except FileNotFoundError:
        return ""


def up():
    FOLDER.mkdir(parents=True)
    for pair in PAIRS:
        for target in targets_of(pair):
            image = FOLDER / f"{target.label}.img"
            with image.open("wb") as file:
                file.truncate(target.size_mib << 20)
            device = run("losetup", "--find", "--show", image).stdout.strip()
            _loop_file(target).write_text(device)


def down():
    """Detaches every loop device of ours. Their files go with the state."""
    for pair in PAIRS:
        for target in targets_of(pair):
            device = loop_device(target)
            # Another may have it by now: the kernel gives numbers again.
            if device and pathlib.Path(device).exists():
                backing = run("losetup", "--noheadings", "--output", "BACK-FILE", device, check=False).stdout.strip()
                if backing.startswith(str(FOLDER)):
                    run("losetup", "--detach", device)
            _loop_file(target).unlink(missing_ok=True)


def tmpfiles(pair):
    """The lines of tmpfiles.d(5) that make the pair's device nodes at boot."""
    lines = []
    for target in targets_of(pair):
        info = os.stat(loop_device(target))
        assert stat.S_ISBLK(info.st_mode)
        lines.append(f"b {target.device} 0660 root root - {os.major(info.st_rdev)}:{os.minor(info.st_rdev)}\n")
    return "".join(lines)
