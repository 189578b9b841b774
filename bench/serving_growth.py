"""How do requests a second, latency and memory of a server grow with its connections?

    scripts/python bench/serving_growth.py [--program build/quoin] [--seconds 4]

The three forests of king_county.py, asked by wrk over 1 to 1,024 connections at once, without reasons and with five. Load and server share
the machine. Prints a table and, last, one line of JSON for bench/history.ndjson. Needs wrk (scripts/setup --with bench).
"""
import argparse
import json
import os
import time

import king_county

URL = "http://127.0.0.1:8177/v1/predict/property-value"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/quoin")
    parser.add_argument("--seconds", type=int, default=4)
    given = parser.parse_args()
    program = os.path.abspath(given.program)
    cells = []
    with king_county.Server([program, "serve", "--dir", king_county.project(program), "--port", "8177"], URL) as server:
        for drivers in (0, 5):
            for connections in (1, 4, 16, 64, 256, 1024):
                found = king_county.load(URL, connections, given.seconds, ',"comparables":0,"drivers":%d' % drivers)
                cells.append({"reasons": drivers, "connections": connections, **found, "memory_mb": round(server.memory_mb())})
                print("%d reasons  %5d connections  %8.0f requests/s  p50 %8.3f ms  p99 %8.3f ms  %5d MB" % tuple(cells[-1].values()),
                      flush=True)
    print(json.dumps({"bench": "serving_growth", "at": time.strftime("%Y-%m-%d"), "cells": cells}))


main()
