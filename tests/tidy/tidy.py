#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Style as a test: what a machine can check cheaply (CONTRIBUTING.md has the reasons).

Layers, licence lines, calls that have a better place, fault points without documentation, opcodes
that no role answers, and that every header can be included by itself.
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys

CODE_FOLDERS = ["lib", "mgs", "mds", "oss", "client-fuse", "ha", "cli", "tests"]

# pattern -> (where it is allowed, what to use instead)
BANNED = {
    r"#include <zmq": (("lib/net/", "tests/bench/rpc_bench.cc", "tests/unit/net/"), "lib/net"),
    r"#include <sqlite3": ("lib/store/", "lib/store"),
    r"\bqb_log\w*\(": ("lib/base/log.cc", "lib/base/log.h"),
    r"\bsystem_clock\b": ("lib/base/clock.cc", "Clock"),
    r"\bsteady_clock\b": ("tests/", "Clock"),
    r"\b(rand|srand|random_shuffle)\(": ("", "Random"),
    r"std::shuffle": ("", "a shuffle of our own: its result differs between libraries"),
    r"\busing namespace std\b": ("", "names"),
    r"\bTODO\b|\bFIXME\b|\bXXX\b": ("tests/tidy/", "an issue"),
}

# A folder may include only what stands in its list (and itself).
LAYERS = {
    "lib/base": [],
    "lib/wire": ["lib/base"],
    "lib/net": ["lib/base", "lib/wire"],
    "lib/rpc": ["lib/base", "lib/wire", "lib/net"],
    "lib/store": ["lib/base"],
    "lib/locks": ["lib/base"],
    "lib/target": ["lib/base", "lib/wire", "lib/net", "lib/rpc", "lib/store"],
    "lib/client": ["lib/base", "lib/wire", "lib/net", "lib/rpc", "lib/locks"],
    "mgs": ["lib/base", "lib/wire", "lib/net", "lib/rpc", "lib/store", "lib/target"],
    "mds": ["lib/base", "lib/wire", "lib/net", "lib/rpc", "lib/store", "lib/locks", "lib/target"],
    "oss": ["lib/base", "lib/wire", "lib/net", "lib/rpc", "lib/store", "lib/target"],
    "client-fuse": ["lib/base", "lib/wire", "lib/net", "lib/rpc", "lib/client"],
    "ha": ["lib/base"],
    "cli": ["lib/base", "lib/wire", "lib/net", "lib/rpc", "lib/client", "lib/target", "ha"],
}


def code_files(root):
    for folder in CODE_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cc", ".py", ".fbs") and path.is_file():
                yield path


def check_text(root, complain):
    for path in code_files(root):
        name = str(path.relative_to(root))
        text = path.read_text()
        head = text[:200]
        if "SPDX-License-Identifier: Apache-2.0" not in head:
            complain(name, "no SPDX line at its top")
        if path.suffix == ".h" and "#pragma once" not in head:
            complain(name, "no #pragma once")
        if path.suffix not in (".h", ".cc"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > 120:
                complain(f"{name}:{number}", "line longer than 120 columns")
            for pattern, (allowed, instead) in BANNED.items():
                if re.search(pattern, line) and not (allowed and name.startswith(allowed)):  # str or tuple
                    complain(f"{name}:{number}", f"'{pattern}' is not used here, use {instead}")


def check_layers(root, complain):
    for folder, below in LAYERS.items():
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            for included in re.findall(r'#include "([^"]+)/[^/"]+"', path.read_text()):
                top = "/".join(included.split("/")[:2]) if included.startswith("lib/") else included.split("/")[0]
                if top != folder and top not in below:
                    complain(str(path.relative_to(root)), f"includes {included}, which is not below {folder}")


def check_fault_points(root, complain):
    documented = (root / "docs/fault-points.md").read_text()
    for path in code_files(root):
        if path.suffix != ".cc" or "tests" in path.parts:
            continue
        for name in re.findall(r'SHEEN_FAULT\("([^"]+)"\)', path.read_text()):
            if f"`{name}`" not in documented:
                complain(str(path.relative_to(root)), f"fault point {name} is not in docs/fault-points.md")


def check_opcodes(root, complain):
    lane = (root / "lib/target/lane.cc").read_text()
    tables = "".join((root / role / "operations.cc").read_text() for role in ("mgs", "mds", "oss"))
    snake = lambda name: re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    for name in re.findall(r"^  X\((\w+),", (root / "lib/wire/opcode.h").read_text(), re.M):
        if f"k{name}" not in lane and f"k{name}" not in tables and snake(name) not in tables:
            complain("lib/wire/opcode.h", f"no role answers {name}")


def check_headers_alone(root, build, complain):
    headers = [p for p in code_files(root) if p.suffix == ".h"]
    flags = ["-std=c++20", "-fsyntax-only", "-I.", f"-I{build}/generated", "-I/usr/include/fuse3",
             "-D_FILE_OFFSET_BITS=64", "-DFUSE_USE_VERSION=314", "-x", "c++"]

    def compile_one(path):
        name = str(path.relative_to(root))
        run = subprocess.run(["g++", *flags, "-include", name, "/dev/null"], cwd=root,
                             capture_output=True, text=True)
        return name, run

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, run in pool.map(compile_one, headers):
            if run.returncode != 0:
                complain(name, "cannot be included by itself: " + run.stderr.splitlines()[0])


def main():
    root = pathlib.Path(sys.argv[1])
    build = pathlib.Path(sys.argv[2])
    complaints = []
    complain = lambda where, what: complaints.append(f"{where}: {what}")
    check_text(root, complain)
    check_layers(root, complain)
    check_fault_points(root, complain)
    check_opcodes(root, complain)
    if "--headers" in sys.argv[3:]:  # minutes: run by hand before a release
        check_headers_alone(root, build, complain)
    print("\n".join(complaints))
    print(f"tidy: {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
