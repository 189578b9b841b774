"""One explained prediction over HTTP: Quoin beside FastAPI + XGBoost + LightGBM + shap (bench/peers), same rows, same machine, same minute.

    scripts/python bench/http_prediction.py [--program build/quoin] [--seconds 5]

Both sides answer from three forests of 500 trees each (XGBoost of depth 6, LightGBM of 31 leaves with squared and with robust loss),
trained on King County's sales ($QUOIN_DATA/housing) once (bench/.work), with a 95 % interval and the five strongest exact reasons. Each is
started in turn, loaded with wrk at 1, 16 and 64 connections with reasons and without, and asked for batches of 1000; then Quoin alone at
half of what it can do. Prints a table and, last, one line of JSON for bench/history.ndjson. Needs wrk (scripts/setup --with bench).
"""
import argparse
import csv
import gzip
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
SCRIPT = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"entity_id":"2487200875"%s}'
"""
MEMBERS = """members:
  - {family: xgboost, parameters: {num_boost_round: 500, learning_rate: 0.06, max_depth: 6}}
  - {family: lightgbm, parameters: {num_boost_round: 500, learning_rate: 0.06, num_leaves: 31}}
  - family: lightgbm
    name: lightgbm_robust
    objective: pseudo_huber
    parameters: {num_boost_round: 500, learning_rate: 0.06, num_leaves: 31}

folds: 2
"""


def make_project(program, project, sales):
    """The three members in place of those that `init` proposes."""
    subprocess.run([program, "init", sales, "--dir", project], check=True, stdout=subprocess.DEVNULL)
    declaration = os.path.join(project, "catalog/models/property_value_model.yaml")
    with open(declaration) as file:
        text = file.read()
    with open(declaration, "w") as file:
        file.write(re.sub(r"members:\n.*?\nfolds: 5\n", MEMBERS, text, flags=re.S))
    subprocess.run([program, "train", "--dir", project, "--quiet"], check=True, stdout=subprocess.DEVNULL)


def wait_for(url, seconds=60):
    started = time.time()
    while time.time() - started < seconds:
        try:
            question = urllib.request.Request(url, data=b'{"entity_id":"2487200875"}', headers={"Content-Type": "application/json"})
            urllib.request.urlopen(question, timeout=5)
            return time.time() - started
        except OSError:
            time.sleep(0.01)
    sys.exit("the server at %s did not answer" % url)


def latencies(out):
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}
    quantile = {q: float(v) * unit[u] for q, v, u in re.findall(r"(50|99)%\s+([0-9.]+)(us|ms|s)", out)}
    return {"p50_ms": quantile["50"], "p99_ms": quantile["99"]}


def load(url, connections, seconds, extra):
    script = os.path.join(WORK, "ask.lua")
    with open(script, "w") as file:
        file.write(SCRIPT % extra)
    out = subprocess.run(["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--latency", "--timeout", "30s", "-s", script, url],
                         capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        sys.exit("errors under load:\n" + out)
    return {"requests_s": float(re.search(r"Requests/sec:\s+([0-9.]+)", out)[1]), **latencies(out)}


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
    server = subprocess.Popen(command, env=dict(os.environ, **environment), cwd=os.path.join(HERE, "peers"), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        url = "http://127.0.0.1:8177/v1/predict/property-value"
        figures = {"start_s": round(wait_for(url), 3)}
        for kind, extra in asked["bodies"].items():
            for connections in (1, 16, 64):
                found = load(url, connections, asked["seconds"], extra)
                figures["%s %d" % (kind, connections)] = found
                line = "%-8s %-8s %3d connections  %9.0f requests/s  p50 %9.3f ms  p99 %9.3f ms"
                print(line % (name, kind, connections, *found.values()))
        figures["batch_s"] = batch_seconds(asked["batches"])
        print("%-8s batch of 1000  with reasons %8.4f s  without %8.4f s" % (name, *figures["batch_s"].values()))
        return figures
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def at_half_load(command, requests_s):
    """Latencies while requests come at half of the rate that 16 connections reached, evenly, over 16 connections."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        url = "http://127.0.0.1:8177/v1/predict/property-value"
        wait_for(url)
        pause_ms = 16 * 1000 / (requests_s / 2)
        script = os.path.join(WORK, "ask.lua")
        with open(script, "w") as file:
            file.write(SCRIPT % ',"comparables":0,"drivers":5' + "function delay() return math.random(0, %d) end\n" % round(2 * pause_ms))
        command = ["wrk", "-t1", "-c16", "-d10s", "--latency", "-s", script, url]
        return latencies(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/quoin")
    parser.add_argument("--seconds", type=int, default=5)
    given = parser.parse_args()
    program, project = os.path.abspath(given.program), os.path.join(WORK, "king_county")
    os.makedirs(WORK, exist_ok=True)
    data = os.environ.get("QUOIN_DATA") or sys.exit("set QUOIN_DATA: the sales are read there")
    sales = os.path.join(data, "housing/kc_house_data.csv.gz")
    if not os.path.exists(project):
        make_project(program, project, sales)
    model = os.path.join(WORK, "peer.pkl")
    if not os.path.exists(model):
        subprocess.run([sys.executable, os.path.join(HERE, "peers/fastapi_service.py"), "train", sales, model], check=True)
    serve = [program, "serve", "--dir", project, "--port", "8177"]
    peer = [sys.executable, "-m", "uvicorn", "fastapi_service:app", "--port", "8177", "--workers", "2", "--log-level", "critical"]
    with gzip.open(sales, "rt", newline="") as file:
        homes = list(dict.fromkeys(row["id"] for row in csv.DictReader(file)))[:1000]
    ours = {"seconds": given.seconds,
            "bodies": {"reasons": ',"comparables":0,"drivers":5', "plain": ',"comparables":0,"drivers":0', "full": ""},
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
