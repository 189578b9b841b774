"""The stock Feast client reads features from a running server and writes to it, through its remote online store.

    python tests/clients/feast_client.py URL          (a virtual environment with `feast`)

Pushes rows of document.accessed, then reads them back as the view user_documents. Prints what it got; exit 1 if it is not what was pushed.
"""
import os
import sys
import tempfile
import uuid
from datetime import datetime, timedelta, timezone

import pandas
import requests
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64, Int64


def main(url):
    user = "feast_" + uuid.uuid4().hex[:8]
    now = datetime.now(timezone.utc)
    frame = {"user_id": [user] * 3, "document_id": ["a", "b", "a"], "seconds": [10, 20, 30],
             "event_timestamp": [(now - timedelta(hours=h)).isoformat() for h in (1, 2, 3)]}
    requests.post(url + "/push", json={"push_source_name": "document.accessed", "df": frame, "to": "online_and_offline"}).raise_for_status()
    with tempfile.TemporaryDirectory() as folder:
        config = RepoConfig(project="quoin", provider="local", registry=os.path.join(folder, "registry.db"),
                            online_store={"type": "remote", "path": url}, offline_store={"type": "file"},
                            entity_key_serialization_version=3)
        store = FeatureStore(config=config)
        entity = Entity(name="user", join_keys=["user_id"], value_type=ValueType.STRING)
        source = FileSource(path=os.path.join(folder, "none.parquet"), timestamp_field="event_timestamp")
        view = FeatureView(name="user_documents", entities=[entity], source=source, ttl=timedelta(days=365),
                           schema=[Field(name="doc_access_count_7d", dtype=Int64), Field(name="unique_docs_accessed_30d", dtype=Int64)])
        home = Entity(name="property", join_keys=["property_id"], value_type=ValueType.STRING)
        homes = FeatureView(name="property_characteristics", entities=[home], source=source, ttl=timedelta(days=365),
                            schema=[Field(name="bedrooms", dtype=Int64), Field(name="bathrooms", dtype=Float64)])
        store.apply([entity, view, home, homes])
        names = ["user_documents:doc_access_count_7d", "user_documents:unique_docs_accessed_30d"]
        got = store.get_online_features(features=names, entity_rows=[{"user_id": user}, {"user_id": "nobody"}]).to_dict()
        rows = pandas.DataFrame({"property_id": [user], "bedrooms": [4], "bathrooms": [2.5], "event_timestamp": [now], "created": [now]})
        store.write_to_online_store("property_characteristics", df=rows)
        written = store.get_online_features(features=["property_characteristics:bedrooms", "property_characteristics:bathrooms"],
                                            entity_rows=[{"property_id": user}]).to_dict()
    print(got, written)
    if written != {"property_id": [user], "bedrooms": [4], "bathrooms": [2.5]}:
        sys.exit("the row that was written is not the one read")
    wanted = {"user_id": [user, "nobody"], "doc_access_count_7d": [3, None], "unique_docs_accessed_30d": [2, None]}
    if got != wanted:
        sys.exit("expected %s" % wanted)
    print("feast: as pushed")


main(sys.argv[1])
