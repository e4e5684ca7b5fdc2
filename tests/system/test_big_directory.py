# SPDX-License-Identifier: Apache-2.0
"""A directory with very many entries: all of them are listed once each, and finding one costs what it costs in a
small directory. SHEEN_DIRECTORY_ENTRIES: how many (default 1,000,000)."""
import concurrent.futures
import multiprocessing
import os
import random
import stat
import statistics
import time

ENTRIES = int(os.environ.get("SHEEN_DIRECTORY_ENTRIES", "1000000"))
MAKERS = 8


def name(number):
    return f"entry-{number:08}"


def make(directory, first):
    root = os.open(directory, os.O_RDONLY)
    for number in range(first, ENTRIES, MAKERS):
        os.mknod(name(number), stat.S_IFREG | 0o644, dir_fd=root)
    os.close(root)


def seconds_per_stat(directory, names):
    taken = []
    for one in names:
        start = time.perf_counter()
        os.stat(directory / one)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def test_every_entry_is_listed_once_and_found_quickly(shared_cluster):
    big = shared_cluster.directory / "mnt" / "big"
    small = shared_cluster.directory / "mnt" / "small"
    big.mkdir()
    small.mkdir()
    context = multiprocessing.get_context("spawn")
    start = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(MAKERS, context) as pool:
        list(pool.map(make, [big] * MAKERS, range(MAKERS)))
    print(f"{ENTRIES} entries made in {time.monotonic() - start:.1f} s")

    start = time.monotonic()
    listed = [entry.name for entry in os.scandir(big)]
    print(f"listed in {time.monotonic() - start:.1f} s")
    assert len(listed) == ENTRIES
    assert set(listed) == {name(number) for number in range(ENTRIES)}

    # Half of them go while the directory is read: the others come once each all the same.
    gone, seen = set(), []
    with os.scandir(big) as entries:
        for entry in entries:
            seen.append(entry.name)
            if len(seen) % 100 == 0 and len(gone) < 1000:
                victim = listed[-1 - 2 * len(gone)]
                os.unlink(big / victim)
                gone.add(victim)
    assert len(seen) == len(set(seen))
    assert set(listed) - gone <= set(seen)

    stay = [one for one in random.Random(1).sample(listed, 600) if one not in gone][:500]
    for one in stay:
        os.mknod(small / one)
    in_small = seconds_per_stat(small, stay)
    in_big = seconds_per_stat(big, stay)
    print(f"stat: {in_big * 1e6:.0f} us, in a directory of 500 entries {in_small * 1e6:.0f} us")
    assert in_big < 3 * in_small
