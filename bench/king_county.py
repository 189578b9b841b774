"""The project that benchmarks of serving answer from, and wrk asking it. Used by http_prediction.py and serving_growth.py.

Three forests of 500 trees each (XGBoost of depth 6, LightGBM of 31 leaves with squared and with robust loss), trained on King County's
sales ($QUOIN_DATA/housing) once, kept in bench/.work.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

WORK = os.path.join(os.path.dirname(os.path.abspath(__file__)), ".work")
HOME = "2487200875"
SCRIPT = """wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"entity_id":"%s"%s}'
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


def sales_file():
    data = os.environ.get("QUOIN_DATA") or sys.exit("set QUOIN_DATA: the sales are read there")
    return os.path.join(data, "housing/kc_house_data.csv.gz")


def project(program):
    """Its folder; made on first use, with the three members in place of those that `init` proposes."""
    folder = os.path.join(WORK, "king_county")
    if os.path.exists(folder):
        return folder
    os.makedirs(WORK, exist_ok=True)
    subprocess.run([program, "init", sales_file(), "--dir", folder], check=True, stdout=subprocess.DEVNULL)
    declaration = os.path.join(folder, "catalog/models/property_value_model.yaml")
    with open(declaration) as file:
        text = file.read()
    with open(declaration, "w") as file:
        file.write(re.sub(r"members:\n.*?\nfolds: 5\n", MEMBERS, text, flags=re.S))
    subprocess.run([program, "train", "--dir", folder, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return folder


class Server:
    """A process that answers `url`; ends with the block."""

    def __init__(self, command, url, **how):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **how)
        self.start_s = self.wait_for(url)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=30)

    def wait_for(self, url, seconds=60):
        started = time.time()
        while time.time() - started < seconds:
            try:
                question = urllib.request.Request(url, data=b'{"entity_id":"%s"}' % HOME.encode(),
                                                  headers={"Content-Type": "application/json"})
                urllib.request.urlopen(question, timeout=5)
                return time.time() - started
            except OSError:
                time.sleep(0.01)
        sys.exit("the server at %s did not answer" % url)

    def memory_mb(self):
        with open("/proc/%d/status" % self.process.pid) as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024


def load(url, connections, seconds, extra, more_script=""):
    """wrk's requests/s and latencies; `extra`: what the body has besides the id."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % (HOME, extra) + more_script)
        script.flush()
        command = ["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--latency", "--timeout", "30s", "-s", script.name, url]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        sys.exit("errors under load:\n" + out)
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}
    quantile = {q: float(v) * unit[u] for q, v, u in re.findall(r"(50|99)%\s+([0-9.]+)(us|ms|s)", out)}
    return {"requests_s": float(re.search(r"Requests/sec:\s+([0-9.]+)", out)[1]), "p50_ms": quantile["50"], "p99_ms": quantile["99"]}
