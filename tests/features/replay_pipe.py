#!/usr/bin/env python3
"""The same questions to two drivers of the feature operator: a training set made by replay in one process, and the filter
`quoin features replay` behind LC_ALL=C sort in several processes, as a cluster runs it. Every value and status must be the same.

    replay_pipe.py --program build/quoin [--rows 400] [--events 4000] [--processes 3] [--seed 1] [--keep FOLDER]
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zlib

DAY = 86_400
START = 1_600_000_000  # 2020-09-13, so that everything is past
VIEWS = {"user_documents": "user", "property_characteristics": "property", "property_market": "property", "zip_sales": "zip",
         "calendar_days": "calendar"}


def rfc3339(seconds):
    import datetime
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def random_events(rng, count):
    """Payloads of three types of the shipped catalog, with the time at which they happened and became known."""
    for sequence in range(1, count + 1):
        kind = rng.choice(["document.accessed", "property.characteristics", "deed.recorded"])
        if kind == "document.accessed":
            data = {"user_id": f"u{rng.randrange(30)}", "document_id": f"d{rng.randrange(20)}", "session_id": f"s{rng.randrange(9)}",
                    "action": rng.choice(["viewed", "downloaded", "printed"]), "seconds": round(rng.expovariate(1 / 90), 3)}
        elif kind == "property.characteristics":
            data = {"property_id": f"p{rng.randrange(25)}", "zip_code": rng.choice(["94110", "10001", "0\"60", "30303"]),
                    "bedrooms": rng.randrange(6), "year_built": rng.randrange(1900, 2020)}
        else:
            data = {"property_id": f"p{rng.randrange(25)}", "zip_code": rng.choice(["94110", "10001", "0\"60"]),
                    "price": rng.randrange(50_000, 900_000), "arms_length": rng.random() < 0.9}
        time = START + rng.randrange(400 * DAY)
        yield {"type": kind, "time": time, "known": time + rng.choice([0, 0, rng.randrange(20 * DAY)]), "sequence": sequence, "data": data}


class Pipe:
    def __init__(self, program, folder, processes):
        self.program, self.folder, self.processes = program, folder, processes
        self.options = ["--features", ",".join(VIEWS)]

    def keyed(self, lines):
        """First stage, in as many processes as there are parts."""
        out = []
        for part in range(self.processes):
            text = "\n".join(lines[part::self.processes]) + "\n"
            done = subprocess.run([self.program, "features", "replay", "--keys", *self.options], input=text.encode(), check=True,
                                  stdout=subprocess.PIPE)
            out += done.stdout.decode().splitlines()
        return out

    def round(self, lines):
        """Second stage: lines to their part by key, each part through sort and one process, all at once."""
        parts = [[] for _ in range(self.processes)]
        for line in lines:
            parts[zlib.crc32(line.split("\t", 1)[0].encode()) % self.processes].append(line)
        running = []
        for number, part in enumerate(parts):
            path = os.path.join(self.folder, f"part-{number}")
            with open(path, "w", encoding="utf-8") as file:
                file.write("".join(line + "\n" for line in part))
            command = 'LC_ALL=C sort "$1" | "$2" features replay --numbers "${@:3}"'
            running.append(subprocess.Popen(["bash", "-o", "pipefail", "-c", command, "-", path, self.program, *self.options],
                                            stdout=subprocess.PIPE))
        out = []
        for process in running:
            text, _ = process.communicate()
            if process.returncode != 0:
                sys.exit(f"the second stage ended with {process.returncode}")
            out += text.decode().splitlines()
        return [line for line in out if line.startswith("{")], [line for line in out if line.startswith("[")]

    def answer(self, events, questions):
        keyed_events, waiting, vectors = self.keyed(events), self.keyed(questions), []
        rounds = 0
        while waiting:
            rounds += 1
            assert rounds < 20, "the rounds come to no end"
            found, waiting = self.round(keyed_events + waiting)
            vectors += found
        return vectors, rounds


def write_inputs(folder, rng, arguments):
    events = list(random_events(rng, arguments.events))
    for kind in sorted({event["type"] for event in events}):
        with open(os.path.join(folder, kind + ".ndjson"), "w", encoding="utf-8") as file:
            for event in events:
                if event["type"] == kind:
                    times = {"happened_at": rfc3339(event["time"]), "known_at": rfc3339(event["known"])}
                    file.write(json.dumps({**event["data"], **times, "row": event["sequence"]}) + "\n")
    rows = []
    for _ in range(arguments.rows):
        rows.append({"user_id": f"u{rng.randrange(33)}", "property_id": f"p{rng.randrange(28)}",
                     "zip": rng.choice(["94110", "10001", "0\"60", "nowhere"]), "event_timestamp": START + rng.randrange(420 * DAY)})
    with open(os.path.join(folder, "frame.ndjson"), "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({**row, "event_timestamp": rfc3339(row["event_timestamp"])}) + "\n")
    return events, rows


def training_set(program, folder, kinds):
    def run(*words):
        subprocess.run([program, *words, "--dir", os.path.join(folder, "project")], check=True, stdout=subprocess.DEVNULL)

    for kind in sorted(kinds):
        run("ingest", os.path.join(folder, kind + ".ndjson"), "--type", kind, "--time", "happened_at", "--known", "known_at", "--id", "row",
            "--history", "--quiet")
    output = os.path.join(folder, "set.ndjson")
    run("features", "training-set", os.path.join(folder, "frame.ndjson"), output, "--features", ",".join(VIEWS), "--statuses", "--quiet")
    with open(output, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/quoin")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    program, rng = os.path.abspath(arguments.program), random.Random(arguments.seed)
    folder = arguments.keep or tempfile.mkdtemp(prefix="quoin-pipe-")
    os.makedirs(folder, exist_ok=True)
    events, rows = write_inputs(folder, rng, arguments)
    table = training_set(program, folder, {event["type"] for event in events})
    ids = {"user": "user_id", "property": "property_id", "zip": "zip"}
    questions = [json.dumps({"question": f"{row}:{view}", "view": view, "entity": rows[row].get(ids.get(entity, ""), ""),
                             "at": rows[row]["event_timestamp"] * 1_000_000})
                 for row in range(len(rows)) for view, entity in VIEWS.items()]
    lines = [json.dumps({**event, "time": event["time"] * 1_000_000, "known": event["known"] * 1_000_000}) for event in events]
    vectors, rounds = Pipe(program, folder, arguments.processes).answer(lines, questions)
    compared = present = 0
    for line in vectors:
        vector = json.loads(line)
        row, view = vector["question"].split(":")
        for name, value in vector["values"].items():
            status, expected = vector["statuses"][name], table[int(row)].get(f"{view}:{name}")
            assert status == table[int(row)][f"{view}:{name}__status"], (line, name, table[int(row)][f"{view}:{name}__status"])
            compared += 1
            if status != "PRESENT":
                assert expected is None, (line, name, expected)
                continue
            if isinstance(value, list):
                expected = json.loads(expected)
            present += 1
            assert value == expected, (line, name, expected)
    assert len(vectors) == len(questions), (len(vectors), len(questions))
    assert present > compared // 10, (present, compared)
    print(f"{len(vectors)} vectors in {rounds} rounds through {arguments.processes} processes: {compared} values and statuses the same")
    if not arguments.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
