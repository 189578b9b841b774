"""The stock CloudEvents SDK posts to a Quoin server in all three modes, twice, and every event is stored once.

    python3 tests/clients/cloudevents_client.py http://127.0.0.1:8000

Needs the packages cloudevents and requests. The server has the catalog that comes with the program (event type document.accessed). The last
line is "ok".
"""
import datetime
import json
import sys
import uuid

import requests

try:
    from cloudevents.core.bindings import http as binding  # SDK 2
    from cloudevents.core.v1.event import CloudEvent
    from cloudevents.core.formats.json import JSONFormat
except ImportError:
    binding = None
    from cloudevents.http import CloudEvent, to_binary, to_structured  # SDK 1


def make_event():
    attributes = {"type": "document.accessed", "source": "/sdk/python", "id": str(uuid.uuid4()), "subject": "ünïcode ‰ %41"}
    data = {"user_id": "sdk", "document_id": "d1", "seconds": 1.5}
    if binding is None:
        attributes["subject"] = "plain"  # SDK 1 does not encode headers
        return CloudEvent(attributes, data)
    attributes.update({"specversion": "1.0", "time": datetime.datetime.now(datetime.timezone.utc), "datacontenttype": "application/json"})
    return CloudEvent(attributes, data)


def rendered(event, mode):
    if binding is None:
        return to_binary(event) if mode == "binary" else to_structured(event)
    message = (binding.to_binary if mode == "binary" else binding.to_structured)(event, JSONFormat())
    return message.headers, message.body


def post(url, headers, body):
    answer = requests.post(url + "/v1/events", headers=headers, data=body, timeout=10)
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return answer.json()


def main():
    url = sys.argv[1]
    sequences = []
    for mode in ("binary", "structured"):
        headers, body = rendered(make_event(), mode)
        stored = post(url, headers, body)
        again = post(url, headers, body)
        assert stored["outcome"] == "stored" and again["outcome"] == "duplicate", (stored, again)
        assert stored["sequence"] == again["sequence"]
        sequences.append(stored["sequence"])
    batch = [json.loads(rendered(make_event(), "structured")[1]) for _ in range(3)]
    headers = {"content-type": "application/cloudevents-batch+json; charset=utf-8"}
    first, second = (post(url, headers, json.dumps(batch).encode()) for _ in range(2))
    assert (first["stored"], first["duplicates"], first["dead_letters"]) == (3, 0, 0), first
    assert (second["stored"], second["duplicates"]) == (0, 3), second
    assert sequences[0] < sequences[1] < first["events"][0]["sequence"]
    print("ok")


if __name__ == "__main__":
    main()
