# SPDX-License-Identifier: Apache-2.0
"""The nodes' root: the host's, under a layer with Sheen installed as its packages would, under a layer of each node's own.

Everything that is installed on the host is on the nodes; nothing that a node writes reaches the host. The two upper
layers lie on a tmpfs, because overlayfs refuses a layer that lies inside of another.
"""
import os
import pathlib
import shutil
import time

from . import disks
from .layout import BIN, NODES, PAIRS, ROOT, STATE
from .shell import run

LAYERS = STATE / "layers"
SHARED = LAYERS / "shared"

# What the host would start at boot and the nodes need; everything else it starts is masked.
WANTED = {"pcsd.service", "pcsd-ruby.service", "dbus.service", "dbus.socket", "remote-fs.target"}


def node_folder(node):
    return LAYERS / node.name


def node_root(node):
    return node_folder(node) / "root"


def _mask_the_hosts_services():
    units = SHARED / "etc/systemd/system"
    units.mkdir(parents=True, exist_ok=True)
    for wants in pathlib.Path("/etc/systemd/system").glob("*.wants"):
        for unit in wants.iterdir():
            if unit.name not in WANTED and not unit.name.startswith("sheen"):
                (units / unit.name).unlink(missing_ok=True)
                (units / unit.name).symlink_to("/dev/null")
    for unit in ("corosync.service", "pacemaker.service"):  # the nodes' own business, through pcs
        (units / unit).unlink(missing_ok=True)
        for wants in pathlib.Path("/etc/systemd/system").glob(f"*.wants/{unit}"):
            whiteout = SHARED / wants.relative_to("/")
            whiteout.parent.mkdir(parents=True, exist_ok=True)
            os.mknod(whiteout, 0o600 | 0o020000, 0)  # a character device 0:0 hides what lies below
    for name in ("etc/corosync/corosync.conf", "var/lib/pcsd/known-hosts"):
        if pathlib.Path("/", name).exists():
            (SHARED / name).parent.mkdir(parents=True, exist_ok=True)
            os.mknod(SHARED / name, 0o600 | 0o020000, 0)


def _start_at_boot(unit):
    wants = SHARED / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / unit).unlink(missing_ok=True)
    (wants / unit).symlink_to(f"/usr/lib/systemd/system/{unit}")


def _hosts():
    lines = ["127.0.0.1 localhost\n"]
    for node in NODES.values():
        for network in node.networks:
            names = f"{node.name}" if network == "data" else f"{node.name}-cluster"
            lines.append(f"{node.address(network)} {names}\n")
    return "".join(lines)


def up():
    LAYERS.mkdir(parents=True)
    run("mount", "-t", "tmpfs", "-o", "size=8g,mode=0755", "sheen-cluster", LAYERS)
    SHARED.mkdir()
    run("cmake", "--install", BIN.parent, "--prefix", "/usr", env={**os.environ, "DESTDIR": str(SHARED)})
    sbin = SHARED / "usr/sbin"
    sbin.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "tests/cluster/fence/fence_power_switch", sbin)
    shutil.copy(ROOT / "tests/cluster/workload", SHARED / "usr/bin/sheen-workload")
    _mask_the_hosts_services()
    # Whatever the host does with its own.
    for unit in ("pcsd.service", "pcsd-ruby.service"):
        if pathlib.Path("/usr/lib/systemd/system", unit).exists():
            _start_at_boot(unit)
    (SHARED / "etc/hosts").write_text(_hosts())
    (SHARED / "usr/lib/tmpfiles.d").mkdir(parents=True, exist_ok=True)
    journald = SHARED / "etc/systemd/journald.conf.d"
    journald.mkdir(parents=True)
    # What a test reads in the journals after a boot: nothing of it may depend on the host's settings.
    (journald / "sheen.conf").write_text("[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\n")
    for node in NODES.values():
        folder = node_folder(node)
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True)
        etc = folder / "upper/etc"
        (etc / "tmpfiles.d").mkdir(parents=True)
        (etc / "hostname").write_text(node.name + "\n")
        (etc / "machine-id").write_text(run("systemd-id128", "new").stdout)
        if node.pair:
            (etc / "tmpfiles.d/sheen-disks.conf").write_text("d /dev/sheen 0755\n" + disks.tmpfiles(node.pair))
        run("mount", "-t", "overlay", "sheen-cluster", "-o",
            f"lowerdir={SHARED}:/,upperdir={folder}/upper,workdir={folder}/work", node_root(node))


def down():
    mounts = [line.split()[1] for line in open("/proc/self/mounts")]
    for mountpoint in reversed(mounts):
        if mountpoint == str(LAYERS) or mountpoint.startswith(f"{LAYERS}/"):
            _unmount(mountpoint)


def _unmount(mountpoint, timeout=30):
    """The kernel takes its time with the last of a node's processes, such as one that waited for a mount of Sheen."""
    end = time.monotonic() + timeout
    while run("umount", mountpoint, check=False).returncode != 0:
        if time.monotonic() > end:
            run("umount", mountpoint)
        time.sleep(0.2)
