# SPDX-License-Identifier: Apache-2.0
"""At most one writer per target, shown from two sides while something happens to the servers: what the targets' processes
say in the nodes' journals, which outlive the nodes' boots, and what their owner records are seen to say.

A life is one process of a target: its node's boot and its process id.
"""
import concurrent.futures
import contextlib
import json
import mmap
import os
import re
import threading
import time
import typing

from . import image, node as nodes
from .layout import FSNAME, NODES, PAIRS, TARGETS
from .shell import Failure, run

EVERY = 0.2  # seconds; an owner renews its record every 0.5 s
SETTLED = 20  # seconds after which a target that moves on while the applications end already has to serve
BLOCK = 4096

SAID = re.compile(rf"sheen-\w+ {FSNAME}-(?P<label>\w+)\[(?P<pid>\d+)\]: (?:{FSNAME}-\w+: )?(?P<text>.*)")
EPOCH = re.compile(r"(?:serving,|registered at the MGS with) epoch (\d+)")
SERVES = re.compile(EPOCH.pattern + "|new session of|every client is back|still the target's owner")


class Line(typing.NamedTuple):
    """What a life said."""
    at: float
    label: str
    life: tuple
    text: str


class Sight(typing.NamedTuple):
    """What an owner record said. Its epoch is 0 until the target has read it."""
    label: str
    life: tuple
    instance: str
    epoch: int


class Watch:
    """Looks at the owner records from its beginning to its end."""

    def __init__(self):
        self.since = time.time()
        self.sights = []
        self.over = threading.Event()
        self._look()
        pool = concurrent.futures.ThreadPoolExecutor(1)
        self.done = pool.submit(self._loop)
        pool.shutdown(wait=False)

    def end(self):
        self.over.set()

    def check(self):
        """No target may have had two owners."""
        until = time.monotonic() + SETTLED
        while unsettled(lines := spoken(self.since), sights := list(self.sights)) and time.monotonic() < until:
            time.sleep(EVERY)
        self.end()
        self.done.result()
        if found := broken(lines, sights):
            raise Failure("\n".join(found))
        if found := unsettled(lines, sights):
            raise Failure("\n".join(found + [f"journals since {self.since}:", *_heard_of(lines)]))

    def _loop(self):
        while not self.over.wait(EVERY):
            self._look()

    def _look(self):
        for target in TARGETS.values():
            for node in PAIRS[target.pair]:
                sight = seen(node, target)
                if sight and (not self.sights or sight != self._last(target.label)):
                    self.sights.append(sight)

    def _last(self, label):
        return next((sight for sight in reversed(self.sights) if sight.label == label), None)


def seen(node, target):
    """The target's owner record, if the node has the target mounted. Read as its owner reads it, past the page cache, and from
    here, so that a node that stands still can be asked as well."""
    with contextlib.suppress(OSError, Failure):
        fd = os.open(f"/proc/{nodes.leader(node)}/root{target.directory}/OWNER", os.O_RDONLY | os.O_DIRECT)
        try:
            with mmap.mmap(-1, 2 * BLOCK) as blocks:
                return parsed(target.label, blocks[:os.preadv(fd, [blocks], 0)].decode(errors="replace"))
        finally:
            os.close(fd)
    return None


def record_of(text):
    """The lines of an owner record and of the claim after it, by their names."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def parsed(label, text):
    """Nothing while either is being written, or if who has written the record is not who has the claim: he has just lost the
    target, or just got it."""
    record = record_of(text)
    if text.count("\nsum=") != 2 or record["claimant"] != record["instance"]:
        return None
    return Sight(label, (record["boot"].replace("-", ""), record["pid"]), record["instance"], int(record["epoch"]))


def spoken(since):
    """Line by line what the targets' processes have said, on every server and in every boot of it."""
    lines = set()  # while journald moves its journal to the disk, a line is in both
    for node in NODES.values():
        if node.pair:
            # Read from here: the node may be off, or still be without its journal.
            lines |= _lines(image.node_root(node) / "var/log/journal", since)
            with contextlib.suppress(Failure):  # it is off, or has its whole journal on the disk
                lines |= _lines(f"/proc/{nodes.leader(node)}/root/run/log/journal", since)
    return sorted(lines)


def _lines(journal, since):
    out = run("journalctl", "--directory", journal, f"--since=@{int(since)}", "--no-pager", "--quiet", "--output=json",
              "--output-fields=MESSAGE,_BOOT_ID,_SOURCE_REALTIME_TIMESTAMP").stdout
    return {line for line in map(_line, map(json.loads, out.splitlines())) if line}


def _heard_of(lines):
    """A sentence about each boot that the lines are of."""
    for boot in sorted({line.life[0] for line in lines}):
        own = [line for line in lines if line.life[0] == boot]
        yield f"boot {boot}: {len(own)} lines of targets, the last one {own[-1]}"


def _line(entry):
    said = SAID.fullmatch(entry["MESSAGE"]) if isinstance(entry["MESSAGE"], str) else None
    if not said:
        return None
    at = int(entry.get("_SOURCE_REALTIME_TIMESTAMP", entry["__REALTIME_TIMESTAMP"])) / 1e6
    return Line(at, said["label"], (entry["_BOOT_ID"], said["pid"]), said["text"])


def broken(lines, sights):
    """Everything in a history (in the order of time) that one writer per target cannot have left, as sentences."""
    out = []
    for label, said, saw in _by_target(lines, sights):
        epochs = {}  # epoch -> the lives that say or have written that it is theirs
        for epoch, life in [(_epoch(line), line.life) for line in said] + [(sight.epoch, sight.life) for sight in saw]:
            if epoch:
                epochs.setdefault(epoch, set()).add(life)
        out += [f"{label}: epoch {epoch} is of {sorted(lives)}" for epoch, lives in epochs.items() if len(lives) > 1]
        epoch_of = {life: epoch for epoch, lives in epochs.items() for life in lives}
        out += [f"{label}: {text}" for text in (*_said_too_late(said, epoch_of), *_came_back(saw))]
    return out


def unsettled(lines, sights):
    """What one side of a history knows and the other does not (yet): it could not show two owners either."""
    out = [f"{label}: {text}" for label, said, saw in _by_target(lines, sights) for text in _not_shown(said, saw)]
    return out + ([] if sights else ["no owner record was seen"])


def _by_target(lines, sights):
    for label in TARGETS:
        yield label, [line for line in lines if line.label == label], [sight for sight in sights if sight.label == label]


def _epoch(line):
    found = EPOCH.match(line.text)
    return int(found[1]) if found else 0


def _serving(lines):
    return [line for line in lines if line.text.startswith("serving,")]


def _said_too_late(lines, epoch_of):
    """A life may not speak as one that serves once a later life serves; nor may one begin to serve twice."""
    newest = 0
    for line in lines:
        starts = line in _serving(lines)
        if SERVES.match(line.text) and (0 < epoch_of.get(line.life, 0) < newest or (starts and _epoch(line) == newest)):
            yield f"after epoch {newest} was served: {line}"
        if starts:
            newest = max(newest, _epoch(line))


def _came_back(sights):
    """Whoever has lost the record does not write it again, and its epoch only rises."""
    gone, newest, last = set(), 0, None
    for sight in sights:
        if last and sight.instance != last.instance:
            gone.add(last.instance)
        if sight.instance in gone or 0 < sight.epoch < newest:
            yield f"after {last}: {sight}"
        newest, last = max(newest, sight.epoch), sight


def _not_shown(lines, sights):
    served = {(line.life, _epoch(line)) for line in _serving(lines)}
    shown = [(sight.life, sight.epoch) for sight in sights if sight.epoch]
    if shown and shown[-1] != shown[0] and shown[-1] not in served:
        yield f"its last owner has not said that it serves: {sights[-1]}"
    if served and max(served, key=lambda one: one[1]) not in shown:
        yield f"its last owner's record was not seen: {max(served, key=lambda one: one[1])}"
