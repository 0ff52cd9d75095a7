#!/usr/bin/python3
"""Keeps the services of the sandbox: starts them, knows which one died and how, and says so.

Listens on a Unix socket for one JSON request a connection, one line each way:
  {"do": "start", "name", "argv", "env"?, "ready"?: READY, "seconds"?}
      READY: {"tcp": [host, port]} | {"unix": path} | {"file": path}; {pid} in a path is the service's
  {"do": "run", "name", "argv", "env"?}   a task that ends; a caller that comes while it runs waits for the same one
  {"do": "stop", "name", "seconds"?}
  {"do": "list"}
Nothing is restarted by itself: a service that died stays dead, for all to see, until it is started again.
"""

import json
import os
import signal
import socket
import socketserver
import subprocess
import threading
import time

SOCKET = "/run/firesteel/control"
LOGS = "/var/lib/firesteel/logs"
MAX_LOG_BYTES = 16 * 1024 * 1024
BASE_ENV = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "PYTHONWARNINGS": "ignore",
}


class Program:
    """One child process in a session of its own, with a log file."""

    def __init__(self, name, argv, env):
        self.name = name
        self.since = time.time()
        self.ended = None
        with open_log(name) as log:
            log.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} started by the sandbox\n".encode())
            log.flush()
            self.process = subprocess.Popen(
                argv, env={**BASE_ENV, **env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()

    def _watch(self):
        self.process.wait()
        self.ended = time.time()

    @property
    def running(self):
        return self.ended is None

    def wait(self, seconds=None):
        self.watcher.join(seconds)

    def end(self, seconds):
        """Asks it to end, then makes it; its workers, too."""
        self._signal(signal.SIGTERM)
        self.wait(seconds)
        self._signal(signal.SIGKILL)
        self.wait()

    def _signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def describe(self):
        ended = self.ended  # read once: it may end at any moment
        code = None if ended is None else self.process.returncode
        return {
            "name": self.name,
            "pid": self.process.pid,
            "running": ended is None,
            "since": self.since,
            "ended": ended,
            "code": code if code is None or code >= 0 else None,
            "signal": signal.Signals(-code).name if code is not None and code < 0 else None,
        }


def open_log(name):
    path = f"{LOGS}/{name}.log"
    if os.path.exists(path) and os.path.getsize(path) > MAX_LOG_BYTES:
        os.replace(path, f"{path}.1")
    return open(path, "ab")


class Supervisor:
    def __init__(self):
        self.services = {}
        self.tasks = {}
        self.lock = threading.Lock()

    def start(self, name, argv, env=None, ready=None, seconds=120):
        with self.lock:
            service = self.services.get(name)
            already = service is not None and service.running
            if not already:
                if service is not None:
                    service.end(5)  # workers of the one that died
                service = self.services[name] = Program(name, argv, env or {})
        end = time.monotonic() + seconds
        while ready and service.running and not answers(ready, service.process.pid):
            if time.monotonic() > end:
                return {**service.describe(), "already": already, "ready": False}
            time.sleep(0.1)
        return {**service.describe(), "already": already, "ready": service.running}

    def run(self, name, argv, env=None):
        with self.lock:
            task = self.tasks.get(name)
            if task is None or not task.running:
                task = self.tasks[name] = Program(name, argv, env or {})
        task.wait()
        return task.describe()

    def stop(self, name, seconds=10):
        with self.lock:
            service = self.services.pop(name, None)
        if service is not None:
            service.end(seconds)
        return {"stopped": service is not None}

    def list(self):
        with self.lock:
            return {"services": [service.describe() for service in self.services.values()]}


def answers(ready, pid):
    try:
        if "file" in ready:
            return os.path.exists(ready["file"].replace("{pid}", str(pid)))
        if "unix" in ready:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(1)
                probe.connect(ready["unix"])
        else:
            socket.create_connection(tuple(ready["tcp"]), timeout=1).close()
        return True
    except OSError:
        return False


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        request = json.loads(self.rfile.readline())
        try:
            verb = request.pop("do")
            if verb not in ("start", "run", "stop", "list"):
                raise ValueError(f"unknown request {verb}")
            answer = getattr(self.server.supervisor, verb)(**request)
        except Exception as error:  # told to the caller: the services of the others must go on
            answer = {"error": f"{type(error).__name__}: {error}"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    os.umask(0o077)
    server = Server(SOCKET, Handler)
    os.umask(0o022)
    server.supervisor = Supervisor()
    server.serve_forever()


if __name__ == "__main__":
    main()
