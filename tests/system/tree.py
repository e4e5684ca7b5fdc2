# SPDX-License-Identifier: Apache-2.0
"""Source trees of real files, and their comparison byte for byte and attribute for attribute."""
import hashlib
import os
import pathlib
import shutil
import stat

# Where Debian's installed packages keep many files of every size.
SOURCES = ["/usr/include", "/usr/share/perl", "/usr/share/doc", "/usr/lib/python3", "/usr/lib/python3.11",
           "/usr/share/cmake-3.25", "/usr/share/zoneinfo", "/usr/share/man", "/usr/lib/x86_64-linux-gnu/perl",
           "/usr/lib/gcc", "/usr/lib/llvm-14/include", "/usr/share/vim", "/usr/share/locale"]


def make_tree(destination, files_wanted, bytes_max=8 << 20):
    """Copies installed packages' files until there are enough; adds links, odd names and modes."""
    destination = pathlib.Path(destination)
    count = 0
    for source in SOURCES:
        for folder, _, names in os.walk(source):
            target = destination / folder.lstrip("/")
            made = False
            for name in names:
                path = os.path.join(folder, name)
                info = os.lstat(path)
                if not (stat.S_ISREG(info.st_mode) or stat.S_ISLNK(info.st_mode)) or info.st_size > bytes_max:
                    continue
                if not made:
                    target.mkdir(parents=True, exist_ok=True)
                    made = True
                shutil.copy2(path, target / name, follow_symlinks=False)
                count += 1
                if count >= files_wanted:
                    add_special(destination)
                    return count
    add_special(destination)
    return count


def add_special(destination):
    special = destination / "special"
    special.mkdir(exist_ok=True)
    (special / ("n" * 255)).write_bytes(b"long name")
    os.makedirs(os.path.join(bytes(special), b"bytes \xff\xfe\x01 'quoted\" \n name"), exist_ok=True)
    (special / "hard").write_bytes(b"two names")
    with_suid = special / "suid"
    with_suid.write_bytes(b"x" * 70000)
    with_suid.chmod(0o4711)
    if not (special / "hard2").exists():
        os.link(special / "hard", special / "hard2")
        os.symlink("../nowhere/" + "y" * 1000, special / "dangling")
        os.mkfifo(special / "fifo", 0o640)
        os.setxattr(special / "hard", "user.colour", b"\x00\x01blue")
    with open(special / "sparse", "wb") as sparse:
        sparse.seek(50 << 20)
        sparse.write(b"end")
    os.chown(special / "hard", 1234, 4321)
    os.utime(special / "suid", ns=(1_000_000_001, 1_234_567_890_123_456_789))


def describe(path, info):
    """What two copies of one file must agree on."""
    kind = stat.S_IFMT(info.st_mode)
    out = [oct(info.st_mode), info.st_uid, info.st_gid, info.st_rdev]
    if kind != stat.S_IFDIR:
        out += [info.st_nlink, info.st_mtime_ns]
    if kind == stat.S_IFREG:
        out.append(info.st_size)
        digest = hashlib.blake2b()
        with open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        out.append(digest.hexdigest())
    if kind == stat.S_IFLNK:
        out.append(os.readlink(path))
    else:
        out.append(sorted((name, os.getxattr(path, name)) for name in os.listxattr(path)
                          if name.startswith("user.")))
    return out


def snapshot(root):
    root = os.fsencode(root)
    out = {}
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            path = os.path.join(folder, name)
            out[os.path.relpath(path, root)] = describe(path, os.lstat(path))
    return out


def differences(left, right, limit=20):
    lines = []
    for name in sorted(left.keys() | right.keys()):
        if left.get(name) != right.get(name):
            lines.append(f"{name!r}: {left.get(name)} != {right.get(name)}")
            if len(lines) >= limit:
                break
    return lines
