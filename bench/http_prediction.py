"""One explained prediction over HTTP: Quoin beside FastAPI + XGBoost + LightGBM + shap (bench/peers), same rows, same machine, same minute.

    scripts/python bench/http_prediction.py [--program build/quoin] [--seconds 5]

Trains both on the simulated market once (bench/.work), starts each in turn, loads it with wrk at 1, 16 and 64 connections, prints a table
and, last, one line of JSON for bench/history.ndjson. Needs wrk (scripts/setup --with bench).
"""
import argparse
import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.path.join(HERE, ".work")
SCRIPT = 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = \'{"entity_id":"prop_123"%s}\'\n'


def wait_for(url, seconds=60):
    started = time.time()
    while time.time() - started < seconds:
        try:
            question = urllib.request.Request(url, data=b'{"entity_id":"prop_123"}', headers={"Content-Type": "application/json"})
            urllib.request.urlopen(question, timeout=5)
            return time.time() - started
        except OSError:
            time.sleep(0.01)
    sys.exit("the server at %s did not answer" % url)


def load(url, connections, seconds, extra):
    script = os.path.join(WORK, "ask.lua")
    with open(script, "w") as file:
        file.write(SCRIPT % extra)
    out = subprocess.run(["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--latency", "--timeout", "30s", "-s", script, url],
                         capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        sys.exit("errors under load:\n" + out)
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}
    quantile = {q: float(v) * unit[u] for q, v, u in re.findall(r"(50|99)%\s+([0-9.]+)(us|ms|s)", out)}
    return {"requests_s": float(re.search(r"Requests/sec:\s+([0-9.]+)", out)[1]), "p50_ms": quantile["50"], "p99_ms": quantile["99"]}


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


def measure(name, command, environment, seconds, extra, bodies):
    server = subprocess.Popen(command, env=dict(os.environ, **environment), cwd=os.path.join(HERE, "peers"), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        url = "http://127.0.0.1:8177/v1/predict/property-value"
        figures = {"start_s": wait_for(url)}
        for connections in (1, 16, 64):
            figures[str(connections)] = load(url, connections, seconds, extra)
            line = "%-22s %3d connections  %9.0f requests/s  p50 %9.3f ms  p99 %9.3f ms"
            print(line % (name, connections, *figures[str(connections)].values()))
        figures["batch_s"] = batch_seconds(bodies)
        print("%-22s batch of 1000      with reasons %8.3f s  without %8.3f s" % (name, *figures["batch_s"].values()))
        return figures
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/quoin")
    parser.add_argument("--project", default=os.path.join(WORK, "demo"))
    parser.add_argument("--seconds", type=int, default=5)
    given = parser.parse_args()
    program = os.path.abspath(given.program)
    os.makedirs(WORK, exist_ok=True)
    subprocess.run([program, "demo", "--dir", given.project, "--port", "0", "--once", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    sales, model = os.path.join(WORK, "sales.csv"), os.path.join(WORK, "peer.pkl")
    if not os.path.exists(model):
        rows = os.path.join(given.project, "data/sales.parquet")
        subprocess.run([program, "predict", "--dir", given.project, "--input", rows, "--output", sales, "--quiet"], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([sys.executable, os.path.join(HERE, "peers/fastapi_service.py"), "train", sales, model], check=True)
    serve = [program, "serve", "--dir", os.path.abspath(given.project), "--port", "8177"]
    peer = [sys.executable, "-m", "uvicorn", "fastapi_service:app", "--port", "8177", "--workers", "2", "--log-level", "critical"]
    with open(sales, newline="") as file:
        homes = [row["id"] for row, _ in zip(csv.DictReader(file), range(1000))]
    ours = {"reasons": {"requests": [{"entity_id": home, "comparables": 0, "drivers": 5} for home in homes]},
            "plain": {"requests": [{"entity_id": home, "comparables": 0, "drivers": 0} for home in homes]}}
    theirs = {"reasons": {"entity_ids": homes}, "plain": {"entity_ids": homes, "reasons": False}}
    figures = {"quoin": measure("quoin, as the peer", serve, {}, given.seconds, ',"comparables":0,"drivers":5', ours),
               "quoin_full": measure("quoin, all it can say", serve, {}, given.seconds, "", ours),
               "fastapi": measure("fastapi", peer, {"PEER_MODEL": model, "OMP_NUM_THREADS": "1"}, given.seconds, "", theirs)}
    ratio = figures["quoin"]["16"]["requests_s"] / figures["fastapi"]["16"]["requests_s"]
    print("explained predictions at 16 connections: %.1f times the peer" % ratio)
    batch = figures["fastapi"]["batch_s"]["reasons"] / figures["quoin"]["batch_s"]["reasons"]
    print("explained batch of 1000: %.1f times the peer" % batch)
    print(json.dumps({"bench": "http_prediction", "at": time.strftime("%Y-%m-%d"), "ratio_at_16": round(ratio, 2), **figures}))


main()
