"""One explained prediction over HTTP: Quoin beside FastAPI + XGBoost + LightGBM + shap (bench/peers), same rows, same machine, same minute.

    scripts/python bench/http_prediction.py [--program build/quoin] [--seconds 5]

Both sides answer from the three forests of king_county.py, with a 95 % interval and the five strongest exact reasons. Each is started in
turn, loaded with wrk at 1, 16 and 64 connections with reasons and without, and asked for batches of 1000; then Quoin alone at half of what
it can do. Prints a table and, last, one line of JSON for bench/history.ndjson. Needs wrk (scripts/setup --with bench).
"""
import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import time
import urllib.request

import king_county

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
URL = "http://127.0.0.1:8177/v1/predict/property-value"
REASONS, PLAIN = ',"comparables":0,"drivers":5', ',"comparables":0,"drivers":0'


def batch_seconds(bodies):
    """The best of three batches of 1000 homes, with reasons and without."""
    seconds = {}
    for name, body in bodies.items():
        question = urllib.request.Request("http://127.0.0.1:8177/v1/predict/batch", data=json.dumps(body).encode(),
                                          headers={"Content-Type": "application/json"})
        times = []
        for _ in range(3):
            started = time.time()
            with urllib.request.urlopen(question, timeout=120) as answer:
                answer.read()
            times.append(time.time() - started)
        seconds[name] = min(times)
    return seconds


def measure(name, command, environment, asked):
    """`asked`: seconds, what a body has besides the id (by name), batches."""
    with king_county.Server(command, URL, env=dict(os.environ, **environment), cwd=PEERS) as server:
        figures = {"start_s": round(server.start_s, 3)}
        for kind, extra in asked["bodies"].items():
            for connections in (1, 16, 64):
                found = king_county.load(URL, connections, asked["seconds"], extra)
                figures["%s %d" % (kind, connections)] = found
                line = "%-8s %-8s %3d connections  %9.0f requests/s  p50 %9.3f ms  p99 %9.3f ms"
                print(line % (name, kind, connections, *found.values()), flush=True)
        figures["batch_s"] = batch_seconds(asked["batches"])
        print("%-8s batch of 1000  with reasons %8.4f s  without %8.4f s" % (name, *figures["batch_s"].values()), flush=True)
        return figures


def at_half_load(command, requests_s):
    """Latencies while requests come at half of the rate that 16 connections reached, evenly, over 16 connections."""
    pause_ms = 16 * 1000 / (requests_s / 2)
    delay = "function delay() return math.random(0, %d) end\n" % round(2 * pause_ms)
    with king_county.Server(command, URL):
        found = king_county.load(URL, 16, 10, REASONS, delay)
    return {name: found[name] for name in ("p50_ms", "p99_ms")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/quoin")
    parser.add_argument("--seconds", type=int, default=5)
    given = parser.parse_args()
    program, sales = os.path.abspath(given.program), king_county.sales_file()
    serve = [program, "serve", "--dir", king_county.project(program), "--port", "8177"]
    model = os.path.join(king_county.WORK, "peer.pkl")
    if not os.path.exists(model):
        subprocess.run([sys.executable, os.path.join(PEERS, "fastapi_service.py"), "train", sales, model], check=True)
    peer = [sys.executable, "-m", "uvicorn", "fastapi_service:app", "--port", "8177", "--workers", "2", "--log-level", "critical"]
    with gzip.open(sales, "rt", newline="") as file:
        homes = list(dict.fromkeys(row["id"] for row in csv.DictReader(file)))[:1000]
    ours = {"seconds": given.seconds,
            "bodies": {"reasons": REASONS, "plain": PLAIN, "full": ""},
            "batches": {"reasons": {"requests": [{"entity_id": home, "comparables": 0, "drivers": 5} for home in homes]},
                        "plain": {"requests": [{"entity_id": home, "comparables": 0, "drivers": 0} for home in homes]}}}
    theirs = {"seconds": given.seconds, "bodies": {"reasons": "", "plain": ',"reasons":false'},
              "batches": {"reasons": {"entity_ids": homes}, "plain": {"entity_ids": homes, "reasons": False}}}
    figures = {"quoin": measure("quoin", serve, {}, ours),
               "fastapi": measure("fastapi", peer, {"PEER_MODEL": model, "OMP_NUM_THREADS": "1"}, theirs)}
    figures["half_load"] = at_half_load(serve, figures["quoin"]["reasons 16"]["requests_s"])
    print("quoin    reasons at half load                        p50 %9.3f ms  p99 %9.3f ms" % tuple(figures["half_load"].values()))
    ratios = {key: round(figures["quoin"][key]["requests_s"] / figures["fastapi"][key]["requests_s"], 1) for key in figures["fastapi"]
              if " " in key}
    ratios["batch"] = {key: round(figures["fastapi"]["batch_s"][key] / figures["quoin"]["batch_s"][key], 1) for key in ("reasons", "plain")}
    print("times the peer: %s" % ratios)
    print(json.dumps({"bench": "http_prediction", "at": time.strftime("%Y-%m-%d"), "ratios": ratios, **figures}))


main()
