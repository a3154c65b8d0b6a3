"""Agents and tools in Python. The first argument selects the behaviour. Standard output is the log."""

import asyncio
import fcntl
import os
import signal
import socket
import sys
import threading
import time
import urllib.request

behaviour, *arguments = sys.argv[1:]
FOREVER = 1e6


def say(line):
    print(line, flush=True)


def every(seconds, action):
    def repeat():
        while True:
            time.sleep(float(seconds))
            action()

    threading.Thread(target=repeat, daemon=True).start()


def take_twice():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def two_locks():
    """Runs two threads that wait for each other's lock."""
    first, second, both_hold = threading.Lock(), threading.Lock(), threading.Barrier(2)

    def take(mine, other):
        with mine:
            both_hold.wait()
            other.acquire()

    threading.Thread(target=take, args=(first, second), daemon=True).start()
    take(second, first)


def watched_deadlock(seconds):
    """Adds a third thread, which checks the two."""
    every(seconds, lambda: None)
    two_locks()


def logged_deadlock(seconds):
    every(seconds, lambda: say("still running..."))
    take_twice()


async def live_display():
    async def spin():
        while True:
            await asyncio.sleep(0.1)

    spinner = asyncio.create_task(spin())
    await asyncio.Event().wait()
    spinner.cancel()


def answer_at_once(port):
    """Requests without a stream: the response arrives all at once, then the agent continues."""
    say("waiting for the model")
    urllib.request.urlopen(f"http://127.0.0.1:{port}/later", timeout=3600).read()
    pump()


def stream(port):
    """Reads with recv(2), whose characters do not show in /proc/PID/io. Continues when the response ends."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/trickle") as answer:
        while answer.read(100):
            pass
    pump()


def hold_lock_file(path):
    file = open(path, "w")
    fcntl.flock(file, fcntl.LOCK_EX)
    say("held")
    time.sleep(FOREVER)


def wait_for_lock_file(path):
    say("Blocking waiting for file lock on package cache")
    fcntl.flock(open(path, "w"), fcntl.LOCK_EX)


def stopped_tool():
    """Runs a tool that reads the terminal from the background, so that SIGTTIN stops it."""
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
    say(f"● Bash(tool) {pid}")
    os.waitpid(pid, 0)


def relay(port):
    """Relays like the client of docker exec, kubectl exec or ssh, while the work happens elsewhere."""
    connection = socket.create_connection(("127.0.0.1", int(port)))
    say("attached")
    while connection.recv(100):
        pass


def spin():
    while True:
        pass


def pump():
    step = 0
    while True:
        time.sleep(2)
        step += 1
        say(f"step {step}")


BEHAVIOURS = {
    "answer-at-once": answer_at_once,
    "deadlock": two_locks,
    "hold-lock-file": hold_lock_file,
    "live-display": lambda: asyncio.run(live_display()),
    "logged-deadlock": logged_deadlock,
    "pump": pump,
    "relay": relay,
    "spin": spin,
    "stopped-tool": stopped_tool,
    "stream": stream,
    "wait-for-lock-file": wait_for_lock_file,
    "watched-deadlock": watched_deadlock,
}
BEHAVIOURS[behaviour](*arguments)
