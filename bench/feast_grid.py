"""P05: Feast's published grid through the same route and body, Quoin beside Feast's own Python feature server (SQLite store), same minute.

    VENV/bin/python bench/feast_grid.py [--program build/quoin] [--seconds 5]        (a virtual environment with `feast`; needs wrk)

250 features of one entity, and 50 features of 100 entities, at one and at eight connections. The last line is machine-readable.
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

import pandas
import requests

VIEWS, WIDTH, ENTITIES = 5, 50, 1000
REPO = '''
from datetime import timedelta
from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Float64
home = Entity(name="home", join_keys=["home_id"], value_type=ValueType.STRING)
for v in range(%d):
    globals()["grid_%%d" %% v] = FeatureView(name="grid_%%d" %% v, entities=[home], ttl=timedelta(days=365),
        schema=[Field(name="f_%%d_%%d" %% (v, f), dtype=Float64) for f in range(%d)],
        source=FileSource(path="grid_%%d.parquet" %% v, timestamp_field="event_timestamp"))
''' % (VIEWS, WIDTH)
SETTINGS = "project: grid\nprovider: local\nregistry: registry.db\nonline_store: {type: sqlite, path: online.db}\n" \
           "entity_key_serialization_version: 3\n"


def feast_server(folder, rows):
    with open(os.path.join(folder, "feature_store.yaml"), "w") as file:
        file.write(SETTINGS)
    with open(os.path.join(folder, "repo.py"), "w") as file:
        file.write(REPO)
    now = datetime.now(timezone.utc)
    for view in range(VIEWS):
        frame = pandas.DataFrame({"f_%d_%d" % (view, f): [row[view * WIDTH + f] for row in rows] for f in range(WIDTH)})
        frame["home_id"] = ["home_%d" % i for i in range(ENTITIES)]
        frame["event_timestamp"] = now - timedelta(hours=1)
        frame.to_parquet(os.path.join(folder, "grid_%d.parquet" % view))
    feast = os.path.join(os.path.dirname(sys.executable), "feast")
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([feast, "apply"], check=True, **quiet)
    subprocess.run([feast, "materialize-incremental", datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")], check=True, **quiet)
    serve = [feast, "serve", "-h", "127.0.0.1", "-p", "8178", "--workers", "2", "--no-access-log"]
    return subprocess.Popen(serve, start_new_session=True, **quiet)


def quoin_server(program, folder, rows):
    for part in ("events", "features", "sources", "models"):
        os.makedirs(os.path.join(folder, "catalog", part))
    names = ["f_%d_%d" % (v, f) for v in range(VIEWS) for f in range(WIDTH)]
    with open(os.path.join(folder, "catalog/events/grid.yaml"), "w") as file:
        file.write("type: grid\ndescription: d\nentities: {home: home_id}\nfields:\n  home_id: {type: text, required: true}\n")
        file.writelines("  %s: {type: number}\n" % name for name in names)
    for view in range(VIEWS):
        with open(os.path.join(folder, "catalog/features/grid_%d.yaml" % view), "w") as file:
            file.write("view: grid_%d\nentity: home\ndescription: d\nttl: 365d\nfeatures:\n" % view)
            for name in names[view * WIDTH:(view + 1) * WIDTH]:
                file.write("  - {name: %s, description: d, type: number, from: grid, value: %s, " % (name, name))
                file.write("transform: last, window: lifetime}\n")
    # A project is made by init; any small file of sales will do.
    sales = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/data/small_sales.csv")
    subprocess.run([program, "init", sales, "--dir", folder], check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen([program, "serve", "--dir", folder, "--port", "8179"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait("http://127.0.0.1:8179/health/live")
    for first in range(0, ENTITIES, 100):
        frame = {name: [row[k] for row in rows[first:first + 100]] for k, name in enumerate(names)}
        frame["home_id"] = ["home_%d" % i for i in range(first, first + 100)]
        requests.post("http://127.0.0.1:8179/push", json={"push_source_name": "grid", "df": frame}).raise_for_status()
    return server


def wait(url):
    for _ in range(600):
        try:
            requests.get(url, timeout=2)
            return
        except requests.RequestException:
            time.sleep(0.1)
    sys.exit("%s does not answer" % url)


def load(url, body, connections, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n')
        script.write("wrk.body = %s\n" % json.dumps(json.dumps(body)))
        script.flush()
        words = ["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--latency", "--timeout", "30s", "-s", script.name, url]
        out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        sys.exit("errors under load:\n" + out)
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}
    quantile = {q: round(float(v) * unit[u], 3) for q, v, u in re.findall(r"(50|99)%\s+([0-9.]+)(us|ms|s)", out)}
    return {"requests_s": float(re.search(r"Requests/sec:\s+([0-9.]+)", out)[1]), "p50_ms": quantile["50"], "p99_ms": quantile["99"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/quoin")
    parser.add_argument("--seconds", type=int, default=5)
    given = parser.parse_args()
    random.seed(1)
    rows = [[random.gauss(0, 1) for _ in range(VIEWS * WIDTH)] for _ in range(ENTITIES)]
    folder = tempfile.mkdtemp()
    for part in ("feast", "quoin"):
        os.makedirs(os.path.join(folder, part))
    servers = []
    try:
        servers.append(quoin_server(os.path.abspath(given.program), os.path.join(folder, "quoin"), rows))
        servers.append(feast_server(os.path.join(folder, "feast"), rows))
        wait("http://127.0.0.1:8178/health")
        every = ["grid_%d:f_%d_%d" % (v, v, f) for v in range(VIEWS) for f in range(WIDTH)]
        grid = {"250x1": {"features": every, "entities": {"home_id": ["home_7"]}},
                "50x100": {"features": every[:WIDTH], "entities": {"home_id": ["home_%d" % i for i in range(100)]}}}
        figures, ratios = {}, {}
        for name, body in grid.items():
            answers = [requests.post("http://127.0.0.1:%d/get-online-features" % port, json=body).json() for port in (8179, 8178)]
            ours, theirs = ({n: r["values"] for n, r in zip(a["metadata"]["feature_names"], a["results"])} for a in answers)
            if ours != theirs:
                sys.exit("the two servers answer differently")
            for connections in (1, 8):
                for who, port in (("quoin", 8179), ("feast", 8178)):
                    got = load("http://127.0.0.1:%d/get-online-features" % port, body, connections, given.seconds)
                    figures["%s %s c%d" % (who, name, connections)] = got
                    print("%-6s %7s %d connections %9.0f requests/s  p50 %8.2f ms  p99 %8.2f ms" % (who, name, connections, *got.values()))
                ratios["%s c%d" % (name, connections)] = round(figures["quoin %s c%d" % (name, connections)]["requests_s"] /
                                                               figures["feast %s c%d" % (name, connections)]["requests_s"], 1)
        print("times Feast's Python server (bar 20):", ratios)
        print(json.dumps({"bench": "feast_grid", "at": time.strftime("%Y-%m-%d"), "ratios": ratios, **figures}))
    finally:
        for server in servers:
            server.terminate()
        subprocess.run(["pkill", "-f", "feast serve -h 127.0.0.1 -p 8178"], check=False)
        shutil.rmtree(folder, ignore_errors=True)


main()
