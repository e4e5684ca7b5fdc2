#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures through the mount against libfuse's passthrough example over the same disk, in one run.

Every figure is measured in alternating rounds (Sheen, passthrough, ext4) and reported as a median and as
a ratio to the passthrough, so that a busy machine disturbs all alike. Also: CPU seconds, memory.

    make bench            all of it, about three minutes
    mount_bench.py --quick
"""
import argparse
import json
import mmap
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from minicluster import BIN, MiniCluster, is_mounted, run, wait_until  # noqa: E402

EXAMPLE = pathlib.Path("/usr/share/doc/libfuse3-dev/examples/passthrough_ll.c")


def build_passthrough(directory):
    source = directory / "passthrough_ll.c"
    packed = EXAMPLE.with_name(EXAMPLE.name + ".gz")
    if packed.exists():
        source.write_bytes(subprocess.run(["zcat", packed], check=True, capture_output=True).stdout)
    else:
        shutil.copy(EXAMPLE, source)
    for helper in EXAMPLE.parent.glob("*.h"):
        shutil.copy(helper, directory)
    flags = run("pkg-config", "--cflags", "--libs", "fuse3").stdout.split()
    run("gcc", "-O2", "-w", source, "-o", directory / "passthrough_ll", *flags)
    return directory / "passthrough_ll"


class Passthrough:
    """libfuse's example over a directory, with the caching it comes with and as its README mounts it."""

    def __init__(self, program, source, mountpoint):
        source.mkdir()
        mountpoint.mkdir()
        self.path = mountpoint
        self.process = subprocess.Popen([program, "-f", "-o", f"source={source}", str(mountpoint)])
        wait_until(lambda: is_mounted(mountpoint), 10, "passthrough mounted")
        self.pids = [self.process.pid]

    def close(self):
        run("umount", self.path)
        self.process.wait(10)


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def drop_caches(path):
    run("sync")
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3")


def aligned(size):
    """Page-aligned memory, as dd, cp and fio use: a FUSE request holds 256 pages, not 257."""
    memory = mmap.mmap(-1, size)
    memory.write(os.urandom(size))
    return memory


# --- what is measured; each returns a rate

def sequential_write(path, mib):
    block = aligned(1 << 20)
    file = path / "seq"
    if file.exists():
        file.unlink()
    start = time.monotonic()
    fd = os.open(file, os.O_CREAT | os.O_WRONLY, 0o644)
    for _ in range(mib):
        os.write(fd, block)
    os.close(fd)
    return mib / (time.monotonic() - start)


def sequential_read(path, mib):
    fd = os.open(path / "seq", os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    buffer = aligned(1 << 20)
    start = time.monotonic()
    while os.readv(fd, [buffer]):
        pass
    rate = mib / (time.monotonic() - start)
    os.close(fd)
    return rate


def small_write(path, count):
    fd = os.open(path / "small", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    block = b"x" * 4096
    start = time.monotonic()
    for _ in range(count):
        os.write(fd, block)
    rate = count / (time.monotonic() - start)
    os.close(fd)
    return rate


def small_random_read(path, count):
    fd = os.open(path / "seq", os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    blocks = os.fstat(fd).st_size // 4096
    start = time.monotonic()
    for index in range(count):
        os.pread(fd, 4096, index * 7919 % blocks * 4096)
    rate = count / (time.monotonic() - start)
    os.close(fd)
    return rate


def create(path, count):
    directory = path / "files"
    directory.mkdir()
    os.chdir(directory)
    start = time.monotonic()
    for number in range(count):
        os.close(os.open(f"f{number}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    rate = count / (time.monotonic() - start)
    os.chdir("/")
    return rate


def stat(path, count):
    os.chdir(path / "files")
    start = time.monotonic()
    for number in range(count):
        os.stat(f"f{number}")
    rate = count / (time.monotonic() - start)
    os.chdir("/")
    return rate


def remove(path, count):
    os.chdir(path / "files")
    start = time.monotonic()
    for number in range(count):
        os.unlink(f"f{number}")
    rate = count / (time.monotonic() - start)
    os.chdir("/")
    os.rmdir(path / "files")
    return rate


def measure(places, rounds, mib, files):
    steps = [("write_1MiB_MiB_per_s", sequential_write, mib), ("read_1MiB_MiB_per_s", sequential_read, mib),
             ("write_4KiB_per_s", small_write, files * 2), ("random_read_4KiB_per_s", small_random_read, files * 2),
             ("create_per_s", create, files), ("stat_per_s", stat, files), ("remove_per_s", remove, files)]
    rates = {name: {place: [] for place in places} for name, _, _ in steps}
    cpu = {name: {place: [] for place in places} for name, _, _ in steps}
    for _ in range(rounds):
        for name, step, amount in steps:
            for place, (path, pids) in places.items():
                before = cpu_seconds(pids)
                rates[name][place].append(step(path, amount))
                cpu[name][place].append(cpu_seconds(pids) - before)
    return rates, cpu


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rounds, mib, files = (3, 128, 1000) if options.quick else (7, 512, 4000)

    directory = pathlib.Path(tempfile.mkdtemp(prefix="sheen-bench-", dir="/var/tmp"))
    try:
        rpc = [json.loads(run(BIN / "rpc_bench", "5" if options.quick else "11", "2000", kind).stdout)
               for kind in ("tcp", "ipc")]
        with MiniCluster(directory / "cluster", unsafe=False) as cluster:
            mnt = cluster.mount()
            idle_mib = resident_mib(cluster.clients[mnt].pid)
            example = Passthrough(build_passthrough(directory), directory / "below", directory / "passthrough")
            local = directory / "ext4"
            local.mkdir()
            try:
                pids = [p.pid for p in cluster.servers.values()] + [cluster.clients[mnt].pid]
                places = {"sheen": (mnt, pids), "passthrough": (example.path, example.pids), "ext4": (local, [])}
                rates, cpu = measure(places, rounds, mib, files)
                busy_mib = resident_mib(cluster.clients[mnt].pid)
            finally:
                example.close()
    finally:
        shutil.rmtree(directory, ignore_errors=True)

    rows = {}
    for name, by_place in rates.items():
        median = {place: statistics.median(values) for place, values in by_place.items()}
        ratio = statistics.median(a / b for a, b in zip(by_place["sheen"], by_place["passthrough"]))
        rows[name] = {**{place: round(value, 1) for place, value in median.items()}, "ratio_to_passthrough": round(ratio, 2),
                      "cpu_s_sheen": round(statistics.median(cpu[name]["sheen"]), 2),
                      "cpu_s_passthrough": round(statistics.median(cpu[name]["passthrough"]), 2)}
    result = {"rpc": rpc, "client_resident_mib": {"idle": round(idle_mib, 1), "busy": round(busy_mib, 1)}, "mount": rows}
    if options.json:
        print(json.dumps(result, indent=1))
        return
    for row in rpc:
        print(f"round trip over {row['transport']}: {row['rpc_us']} us, bare ZeroMQ {row['bare_zeromq_us']} us, "
              f"ratio {row['ratio']}")
    print(f"client memory: {idle_mib:.1f} MiB idle, {busy_mib:.1f} MiB after the run")
    print(f"{'':26}{'sheen':>10}{'passthru':>10}{'ext4':>10}{'ratio':>8}{'cpu s':>8}{'(pt)':>8}")
    for name, row in rows.items():
        print(f"{name:26}{row['sheen']:>10}{row['passthrough']:>10}{row['ext4']:>10}{row['ratio_to_passthrough']:>8}"
              f"{row['cpu_s_sheen']:>8}{row['cpu_s_passthrough']:>8}")


if __name__ == "__main__":
    main()
