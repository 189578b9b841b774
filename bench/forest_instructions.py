"""Instructions a row of each engine and of LightGBM, counted by valgrind's callgrind, so that they can be checked on any machine.

    scripts/python bench/forest_instructions.py [--program build/bench/bench_forest_model] [--trees 500] [--leaves 31] [--features 50]

Each engine answers a number of rows and twice as many; the difference is what those rows take, without start and loading. Valgrind knows
no AVX-512, so that the engines run with AVX2 here. Prints a table and, last, one line of JSON for bench/history.ndjson. Needs valgrind.
"""
import argparse
import json
import os
import re
import subprocess
import tempfile

ENGINES = {  # who: rows
    "walk": 200, "ranked": 500, "planes": 4000, "lightgbm": 200, "lightgbm_rows": 1000, "explain": 40, "explain_rows": 512,
    "lightgbm_explain": 4,
}


def instructions(program, model, who, rows):
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=%s/out" % folder, program, "ask", model, who, str(rows)]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return int(re.search(r"Collected : (\d+)", out)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/bench/bench_forest_model")
    for name, default in (("trees", 500), ("leaves", 31), ("features", 50)):
        parser.add_argument("--" + name, type=int, default=default)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.txt")
        subprocess.run([given.program, "train", model, str(given.trees), str(given.leaves), str(given.features)], check=True)
        figures = {}
        for who, rows in ENGINES.items():
            counted = instructions(given.program, model, who, 2 * rows) - instructions(given.program, model, who, rows)
            figures[who] = round(counted / rows)
            print("%-18s %10d instructions a row  %8.1f a row and tree" % (who, figures[who], counted / rows / given.trees), flush=True)
    print(json.dumps({"bench": "forest_instructions", "trees": given.trees, "leaves": given.leaves, "features": given.features,
                      "instructions_a_row": figures}))


main()
