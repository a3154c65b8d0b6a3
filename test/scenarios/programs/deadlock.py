"""Two threads that wait for each other's lock."""

import threading

first, second = threading.Lock(), threading.Lock()
both_hold = threading.Barrier(2)


def take(mine, other):
    with mine:
        both_hold.wait()
        other.acquire()


threading.Thread(target=take, args=(first, second)).start()
take(second, first)
