#!/usr/bin/env python3
"""Features of many (entity, time) questions on a Spark cluster, by the same operator that serves them: the events of a lake and the
questions go, partitioned by entity and sorted by time, through `quoin features replay` (docs/formats/feature-replay.md).

    spark-submit deploy/spark/feature_replay.py --lake s3a://bucket/lake --questions questions.parquet --output vectors \\
        --features user_documents,property_market [--quoin /opt/quoin/bin/quoin] [--catalog FOLDER] [--numbers] [--partitions 200]

Questions are a table (.parquet, .csv or .json lines) with the columns question (a name), view, entity, at (a time) and, if wanted, tenant
and sequence (how far into the log the answer may look). The output is a folder of text: one JSON object, a vector, per line. The program
`quoin` must lie at the same path on every worker; Python on the workers is not needed beyond what Spark itself runs.
"""
import argparse
import shlex
import sys

from pyspark import StorageLevel
from pyspark.sql import SparkSession, functions as F

ROUNDS_MAX = 64  # lookups lead through at most 4 views, two rounds each


def text(column):
    return F.col(column).cast("string").alias(column)


def microseconds(column):
    return F.unix_micros(F.col(column).cast("timestamp")).alias(column)


def event_lines(spark, lake):
    """The events of the lake as JSON lines, times in microseconds."""
    events = spark.read.parquet(lake)
    sequence = F.col("sequence").cast("long").alias("sequence")
    columns = [sequence, microseconds("known"), microseconds("time"), text("tenant"), "type", "data"]
    return events.select(F.to_json(F.struct(*columns))).rdd.map(lambda row: row[0])


def question_lines(spark, path):
    reader = spark.read.option("header", True)
    is_json = path.endswith((".json", ".ndjson"))
    table = reader.csv(path) if path.endswith(".csv") else reader.json(path) if is_json else reader.parquet(path)
    columns = [text("question"), text("view"), text("entity"), microseconds("at")]
    if "tenant" in table.columns:
        columns.append(F.coalesce(F.col("tenant").cast("string"), F.lit("default")).alias("tenant"))
    if "sequence" in table.columns:
        columns.append(F.col("sequence").cast("long").alias("sequence"))
    return table.select(F.to_json(F.struct(*columns))).rdd.map(lambda row: row[0])


class Replay:
    def __init__(self, spark, arguments):
        self.spark, self.partitions = spark, arguments.partitions
        command = [arguments.quoin, "features", "replay"]
        if arguments.features:
            command += ["--features", arguments.features]
        if arguments.catalog:
            command += ["--catalog", arguments.catalog]
        self.first = shlex.join(command + ["--keys"] + (["--knowledge", arguments.knowledge] if arguments.knowledge else []))
        self.second = shlex.join(command + (["--numbers"] if arguments.numbers else []))

    def keyed(self, lines):
        """First stage: a line for each entity that an event or question is about."""
        return lines.pipe(self.first, checkCode=True)

    def round(self, lines):
        """Second stage: each entity's lines together in the order of their bytes, through one process per partition."""
        table = lines.map(lambda line: tuple(line.split("\t", 2))).toDF("key string, place string, json string")
        sorted_lines = table.repartition(self.partitions, "key").sortWithinPartitions("key", "place")
        return sorted_lines.rdd.map("\t".join).pipe(self.second, checkCode=True).persist(StorageLevel.DISK_ONLY)

    def answer(self, events, questions):
        events = self.keyed(events).persist(StorageLevel.DISK_ONLY)
        waiting, vectors = self.keyed(questions), []
        for _ in range(ROUNDS_MAX):
            # Lines that only wait for answers need no events.
            needs_events = not waiting.filter(lambda line: line.startswith('["e"')).isEmpty()
            out = self.round(waiting.union(events) if needs_events else waiting)
            vectors.append(out.filter(lambda line: line.startswith("{")))
            waiting = out.filter(lambda line: line.startswith("["))
            if waiting.isEmpty():
                return self.spark.sparkContext.union(vectors)
        sys.exit(f"the lookups come to no end after {ROUNDS_MAX} rounds")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", required=True, help="folder or address of the lake that `quoin lake write` made")
    parser.add_argument("--questions", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--features", help="features and views, with commas; otherwise all")
    parser.add_argument("--quoin", default="quoin", help="the program, on every worker")
    parser.add_argument("--catalog", help="declarations, on every worker; otherwise those of the program")
    parser.add_argument("--knowledge", help="as known at this time")
    parser.add_argument("--numbers", action="store_true", help="numbers as JSON numbers; otherwise the bits in hexadecimal")
    parser.add_argument("--partitions", type=int, default=200)
    arguments = parser.parse_args()
    # Times without a zone are UTC in every file of Quoin's.
    spark = SparkSession.builder.appName("quoin-feature-replay").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    replay = Replay(spark, arguments)
    replay.answer(event_lines(spark, arguments.lake), question_lines(spark, arguments.questions)).saveAsTextFile(arguments.output)
    spark.stop()


if __name__ == "__main__":
    main()
