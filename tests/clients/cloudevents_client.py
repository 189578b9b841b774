"""The stock CloudEvents SDK posts events to a running server, structured and binary, and again.

    python tests/clients/cloudevents_client.py URL          (a virtual environment with `cloudevents` and `requests`)
"""
import sys
import uuid

import requests
try:
    from cloudevents.v1.http import CloudEvent, to_binary, to_structured
except ImportError:  # before 2.0
    from cloudevents.http import CloudEvent, to_binary, to_structured


def main(url):
    user = "sdk_" + uuid.uuid4().hex[:8]
    attributes = {"type": "document.accessed", "source": "/sdk/" + user}
    events = [CloudEvent(attributes, {"user_id": user, "document_id": "d%d" % n}) for n in range(2)]
    outcomes = []
    for event, convert in ((events[0], to_structured), (events[1], to_binary), (events[1], to_structured)):
        headers, body = convert(event)
        answer = requests.post(url + "/v1/events", headers=headers, data=body)
        answer.raise_for_status()
        outcomes.append(answer.json()["outcome"])
    count = requests.get("%s/v1/features/user_documents/%s" % (url, user)).json()["features"]["doc_access_count_7d"]["value"]
    print(outcomes, count)
    if outcomes != ["stored", "stored", "duplicate"] or count != 2:
        sys.exit("expected two stored, one duplicate, and a count of 2")
    print("cloudevents: stored once each")


main(sys.argv[1])
