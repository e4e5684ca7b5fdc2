# SPDX-License-Identifier: Apache-2.0
"""The whole test cluster: up, down, what it is doing."""
import concurrent.futures
import fcntl
import contextlib
import shutil

from . import crm, disks, filesystem, image, network, node, pair, power, power_switch
from .layout import MOUNTPOINT, NODES, PAIRS, STATE
from .shell import Failure


@contextlib.contextmanager
def _one_at_a_time():
    STATE.parent.mkdir(parents=True, exist_ok=True)
    with (STATE.parent / f"{STATE.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _on_each(items, work):
    with concurrent.futures.ThreadPoolExecutor(len(items)) as pool:
        for done in [pool.submit(work, item) for item in items]:
            done.result()


def is_up():
    return power_switch.PID_FILE.exists()


def up(say=lambda text: None):
    """Boots every node, makes a Pacemaker cluster of each pair and runs a file system on them. What was there before is
    taken down."""
    with _one_at_a_time():
        _down()
        STATE.mkdir(parents=True)
        try:
            say("networks and disks")
            network.up()
            disks.up()
            say("Sheen on the nodes' roots")
            image.up()
            say("booting " + " ".join(NODES))
            power.start_switch()
            _on_each(NODES.values(), node.boot)
            _on_each(NODES.values(), node.wait_booted)
            say("corosync and Pacemaker on each pair")
            _on_each(list(PAIRS), pair.set_up)
            say("the file system's targets as resources")
            filesystem.format_targets()
            _on_each(list(PAIRS), filesystem.configure)
            for name in PAIRS:
                crm.wait_started(name)
            filesystem.mount_everywhere()
            say(f"mounted at {MOUNTPOINT} on client1 and client2")
        except BaseException:
            _down()
            raise


def down():
    with _one_at_a_time():
        _down()


def _down():
    power.stop_switch()
    image.down()
    network.down()
    disks.down()
    shutil.rmtree(STATE, ignore_errors=True)


def status():
    """A line for each node."""
    if not is_up():
        raise Failure("the test cluster is down: tests/cluster/cluster up")
    states = power.states()
    for name, one in NODES.items():
        cuts = network.cuts(one)
        yield f"{name:8} {states[name]:4}" + (f" cut off: {', '.join(cuts)}" if cuts else "")
