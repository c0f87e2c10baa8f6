"""`arkivd run` beside a part of scripts/soak, its log read as it comes."""
import os
import re
import signal
import subprocess
import threading
import time

from archive import ARKIVD, must

# A disk that is behind with what a build wrote may hold a flush for a minute.
PATIENCE = int(os.environ.get("PATIENCE", "300"))


def enter(archive):
    """Has a daemon make the rows of its timetable, and makes its latest ticks due."""
    with Daemon(archive) as daemon:
        daemon.wait_for_timetable(archive)
        daemon.stop()
    archive.set_back()


class Daemon:
    def __init__(self, archive, *before, ready=True):
        """Runs on the archive, below the program `before` if one is named; `ready` waits until it listens."""
        command = [*before, ARKIVD, "--archive", str(archive.path), "run"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
                                        start_new_session=True)
        self.log, self.more = [], threading.Condition()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        if ready:
            self.wait_for("ready")

    def read(self):
        for line in self.process.stderr:
            with self.more:
                self.log.append(line.rstrip())
                self.more.notify_all()

    def wait_for(self, word, times=1, patience=PATIENCE):
        """Waits until that many lines of the log hold the word."""
        def said():
            return sum(word in line for line in self.log) >= times
        until = time.monotonic() + patience
        with self.more:
            while not said() and self.process.poll() is None and time.monotonic() < until:
                self.more.wait(0.05)
        must(said(), f"the daemon did not say '{word}' ({times} times): {self.told()}")

    def wait_for_timetable(self, archive):
        """Waits until it has entered what it counts its ticks from: it says that it is ready before its first look at the clock."""
        until = time.monotonic() + PATIENCE
        while not archive.select("SELECT 1 FROM timetable"):
            must(time.monotonic() < until, f"no timetable: {self.told()}")
            time.sleep(0.01)

    def told(self):
        return "\n".join(self.log[-40:])

    def reload(self):
        """Has it read its files and the clock anew."""
        times = 1 + sum("read anew" in line for line in self.log)
        self.process.send_signal(signal.SIGHUP)
        self.wait_for("read anew", times)

    def stop(self):
        self.process.terminate()
        code = self.ended()
        must(code == 0, f"the daemon ended with {code}: {self.told()}")

    def kill(self):
        self.process.kill()
        self.ended()

    def ended(self, patience=PATIENCE):
        """Its exit code, once it has ended; None if it did not."""
        if not self.ended_below(patience):
            return None
        self.reader.join()
        return self.process.returncode

    def ended_below(self, patience=PATIENCE):
        """True once the program that the daemon was started below has ended; the daemon may live on."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return False
        return True

    def snapshots(self, word):
        """What the log says of scheduled snapshots that `begins` or `done`: a dictionary a line."""
        found = []
        for line in self.log:
            if f"scheduled snapshot {word}" in line:
                pairs = dict(re.findall(r'(\w+)="?([^\s"]+)"?', line))
                pairs["tick"] = re.search(r"tick=(\S+)[ T](\d\d:\d\d:\d\d)", line).expand(r"\1T\2Z")
                found.append(pairs)
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A group of its own: the program before it, if there is one, and itself.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.reader.join()
