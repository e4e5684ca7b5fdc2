# SPDX-License-Identifier: Apache-2.0
"""What a client may wait at worst: the marks that are to be reached, and what of them this run has seen."""

TOLERANCE = 2  # what a test allows is as many times the mark: others use the machine as well


class Mark:
    def __init__(self, name, seconds):
        self.name = name
        self.seconds = seconds
        self.worst = None

    def allow(self, pause):
        """Fails if that was far too long. Whether the mark itself was kept is told at the end."""
        self.worst = max(pause, self.worst or 0.0)
        assert pause < self.seconds * TOLERANCE, f"{self.name}: {pause} s, the mark is {self.seconds} s"

    def verdict(self):
        if self.worst is None:
            return f"mark {self.seconds} s, {self.name}: not tried"
        kept = "kept" if self.worst <= self.seconds else "MISSED"
        return f"mark {self.seconds} s, {self.name}: {kept}, worst {self.worst:.2f} s"


PROCESS_KILLED = Mark("process killed", 2)
PLANNED_MOVE = Mark("planned move", 2)
NODE_OFF = Mark("node off", 8)
ALL = (PROCESS_KILLED, PLANNED_MOVE, NODE_OFF)
