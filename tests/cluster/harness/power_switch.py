# SPDX-License-Identifier: Apache-2.0
"""The power switch: the process that runs the nodes and ends them, on this host and outside of all their networks.

    python3 -m harness.power_switch        in tests/cluster; ends with SIGTERM, and all nodes with it

Requests and answers are lines of JSON over a unix socket that the nodes see too, as they would see a management
network: {"do": "off", "node": "oss1"} -> {"ok": true, "power": "off"}. Who asks for a fence agent says so with
"fence": true; only such requests obey the mode that a test has set: slow (SECONDS), fail, or lie (says that it has
switched the node off, and has not). Everything that happens is in its log, a line of JSON each.
"""
import contextlib
import json
import os
import pathlib
import signal
import socketserver
import subprocess
import sys
import threading
import time

from . import image, network
from .layout import NODES, STATE

FOLDER = STATE / "switch"
SOCKET = FOLDER / "socket"
LOG = FOLDER / "log"
PID_FILE = STATE / "switch.pid"
SEEN_BY_NODES = "/var/lib/power-switch"  # FOLDER, in a node


def leader_file(node):
    return STATE / f"{node.name}.leader"


class PoweredNode:
    """A node's power: one nspawn process while it is on."""

    def __init__(self, node):
        self.node = node
        self.lock = threading.Lock()
        self.process = None
        self.mode = "honest"
        self.seconds = 0.0

    def power(self):
        if self.process is not None and self.process.poll() is not None:
            self.process = None  # it has shut down by itself
            leader_file(self.node).unlink(missing_ok=True)
        return "off" if self.process is None else "on"

    def on(self):
        if self.power() == "on":
            return
        network.let_speak(self.node)
        console = (STATE / f"{self.node.name}.console").open("ab")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--capability=all",
             "--link-journal=no", "--resolv-conf=off", "--timezone=off", "--console=pipe",
             f"--network-namespace-path=/run/netns/{self.node.netns}", f"--machine=sheen-{self.node.name}",
             f"--hostname={self.node.name}", "--bind=/dev/fuse", f"--bind={FOLDER}:{SEEN_BY_NODES}",
             f"--directory={image.node_root(self.node)}"],
            stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
        console.close()
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            # Before its init it has helpers for a moment.
            for child in children.read_text().split():
                with contextlib.suppress(OSError):
                    if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                        leader_file(self.node).write_text(child)
                        return
            time.sleep(0.05)
        raise RuntimeError(f"{self.node.name} did not boot: see {STATE}/{self.node.name}.console")

    def off(self):
        """Returns when no process of the node is left."""
        if self.power() == "off":
            return
        network.silence(self.node)
        # The kernel kills the rest of a process namespace before its init can be waited for.
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(leader_file(self.node).read_text()), signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.process = None
        leader_file(self.node).unlink(missing_ok=True)


class PowerSwitch:
    def __init__(self):
        self.nodes = {name: PoweredNode(node) for name, node in NODES.items()}
        self.log_lock = threading.Lock()

    def log(self, **event):
        with self.log_lock, LOG.open("a") as file:
            file.write(json.dumps({"at": time.time(), **event}) + "\n")

    def answer(self, request):
        if request["do"] == "list":
            return {"nodes": {name: powered.power() for name, powered in self.nodes.items()}}
        powered = self.nodes[request["node"]]
        if request["do"] == "status":
            return {"power": powered.power()}
        if request["do"] == "mode":
            powered.mode, powered.seconds = request["mode"], float(request.get("seconds", 0))
            return {}
        by_agent = request.get("fence", False)
        self.log(node=request["node"], do=request["do"], fence=by_agent, mode=powered.mode)
        if by_agent and powered.mode == "fail":
            raise RuntimeError("the power switch is told to fail")
        if by_agent and powered.mode == "slow":
            time.sleep(powered.seconds)
        with powered.lock:
            if not (by_agent and powered.mode == "lie"):
                if request["do"] in ("off", "reset"):
                    powered.off()
                if request["do"] in ("on", "reset"):
                    powered.on()
            self.log(node=request["node"], did=request["do"], fence=by_agent, power=powered.power())
            return {"power": "off" if by_agent and request["do"] == "off" else powered.power()}

    def all_off(self):
        for powered in self.nodes.values():
            with powered.lock:
                powered.off()


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            answer = {"ok": True, **self.server.switch.answer(json.loads(self.rfile.readline()))}
        except (RuntimeError, KeyError, ValueError, OSError) as error:
            answer = {"ok": False, "error": str(error) or repr(error)}
        with contextlib.suppress(OSError):
            self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    SOCKET.unlink(missing_ok=True)
    switch = PowerSwitch()
    with Server(str(SOCKET), Handler) as server:
        server.switch = switch
        PID_FILE.write_text(str(os.getpid()))

        def stop(*_):
            threading.Thread(target=server.shutdown).start()
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        server.serve_forever(poll_interval=0.1)
    switch.all_off()
    PID_FILE.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
