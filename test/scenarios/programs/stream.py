"""An agent that reads an endless answer, the way Python does it: with recv(2), of which no characters show."""

import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1]) as answer:
    while answer.read(100):
        pass
