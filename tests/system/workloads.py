# SPDX-License-Identifier: Apache-2.0
"""What users do on a file system, each checking its own result. Used with and without servers dying."""
import concurrent.futures
import multiprocessing
import os
import pathlib
import shutil
import sqlite3
import subprocess

from minicluster import Failure, run
from tree import differences, snapshot

GIT = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "t",
       "GIT_COMMITTER_EMAIL": "t@example.org", "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent"}


def apart(work, *arguments):
    """Runs the work in a process of its own.

    A process that starts servers must have no files of the mount open: its children close their copies
    of them, which waits for dirty pages, perhaps of the very server that the child is to become."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def unpack_and_compare(archive, reference, where):
    """A tree unpacked here is the tree on the reference file system, to the last byte and attribute."""
    where.mkdir()
    run("tar", "-x", "--xattrs", "-p", "-f", archive, "-C", where, timeout=1500)
    found = differences(reference, snapshot(where))
    if found:
        raise Failure("unpacked tree differs:\n" + "\n".join(found))


def build_project(where, sources, jobs=2):
    """A C++ project built with make here gives programs that run."""
    where.mkdir()
    for index in range(sources):
        (where / f"part{index}.cc").write_text(
            f"#include <map>\n#include <string>\n#include <vector>\n"
            f"int part{index}(int n) {{ std::map<std::string, std::vector<int>> m;"
            f" for (int i = 0; i < n; ++i) m[std::to_string(i % 7)].push_back(i + {index});"
            f" int s = 0; for (auto& [k, v] : m) for (int i : v) s += i; return s; }}\n")
    calls = " + ".join(f"part{i}(10)" for i in range(sources))
    declarations = "".join(f"int part{i}(int);\n" for i in range(sources))
    (where / "main.cc").write_text(f"#include <cstdio>\n{declarations}int main() {{ std::printf(\"%d\\n\", {calls}); }}\n")
    (where / "Makefile").write_text(
        "OBJ := $(patsubst %.cc,%.o,$(wildcard *.cc))\nprog: libparts.a main.o\n\t$(CXX) -o $@ main.o libparts.a\n"
        "libparts.a: $(filter-out main.o,$(OBJ))\n\tar rcs $@ $^\n%.o: %.cc\n\t$(CXX) -O1 -pipe -c $< -o $@\n")
    run("make", f"-j{jobs}", "-C", where, timeout=1500)
    expected = sum(sum(i + n for i in range(10)) for n in range(sources))
    if int(run(where / "prog").stdout) != expected:
        raise Failure("the built program computes something else")
    again = run("make", "-C", where).stdout
    if "up to date" not in again:
        raise Failure("make wants to build again: " + again)


def git_work(where, source):
    """clone, commits, gc and fsck of a repository here."""
    environment = dict(os.environ, **GIT)
    git = lambda *words, cwd=None: run("git", *words, cwd=cwd, env=environment, timeout=1200)
    git("clone", "--quiet", "--no-local", source, where)
    for number in range(5):
        (where / f"new{number}.txt").write_text("line\n" * (number + 1) * 1000)
        git("add", "-A", cwd=where)
        git("commit", "--quiet", "-m", f"change {number}", cwd=where)
    git("gc", "--quiet", cwd=where)
    git("fsck", "--full", "--strict", cwd=where)
    if git("status", "--porcelain", cwd=where).stdout:
        raise Failure("git sees changes after gc")


def make_git_source(where, files, count):
    """A repository on the reference file system to clone from."""
    environment = dict(os.environ, **GIT)
    where.mkdir()
    run("git", "init", "--quiet", where, env=environment)
    for index, path in enumerate(files[:count]):
        target = where / f"d{index % 50}" / f"{index}-{path.name}"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
    run("git", "add", "-A", cwd=where, env=environment)
    run("git", "commit", "--quiet", "-m", "start", cwd=where, env=environment)


def sqlite_work(where, mode, rows):
    """A database in the given journal mode, two connections, and integrity_check at the end."""
    where.mkdir()
    path = where / "data.db"
    db = sqlite3.connect(path, timeout=120)
    if db.execute(f"PRAGMA journal_mode={mode}").fetchone()[0].lower() != mode.lower():
        raise Failure(f"journal mode {mode} was refused")
    db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT, n INTEGER)")
    other = sqlite3.connect(path, timeout=120)
    for start in range(0, rows, 50):
        with db:
            db.executemany("INSERT INTO t VALUES(?,?,?)", [(i, "x" * (i % 300), i * 7) for i in range(start, start + 50)])
        with other:
            other.execute("UPDATE t SET n = n + 1 WHERE id % 10 = ?", (start // 50 % 10,))
    total = db.execute("SELECT count(*), sum(length(text)) FROM t").fetchone()
    if total != (rows, sum(i % 300 for i in range(rows))):
        raise Failure(f"rows are missing: {total}")
    db.close()
    if other.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
        raise Failure("integrity_check")
    other.close()


def rsync_twice(source, where):
    """The second run finds nothing to do."""
    run("rsync", "-aHAX", "--checksum", f"{source}/", where, timeout=1500)
    second = run("rsync", "-aHAX", "--checksum", "--itemize-changes", f"{source}/", where, timeout=1500).stdout
    if second.strip():
        raise Failure("the second rsync found: " + second[:2000])
