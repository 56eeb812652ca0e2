# Quix Streams on the workloads of bench/workloads: orders.py WORKLOAD BROKERS FROM TO GROUP STATE
import io
import signal
import sys

import fastavro
from quixstreams import Application
from quixstreams.models import Deserializer, Serializer

workload, brokers, from_topic, to_topic, group, state = sys.argv[1:7]
SCHEMA = fastavro.parse_schema(
    {
        "type": "record",
        "name": "Order",
        "fields": [
            {"name": name, "type": kind}
            for name, kind in [
                ("n", "long"), ("symbol", "string"), ("account", "string"), ("price", "long"),
                ("quantity", "long"), ("side", "string"), ("venue", "string"), ("currency", "string"),
                ("status", "string"), ("flags", "int"), ("at", "long"), ("note", "string"),
            ]
        ],
    }
)
HEAD = bytes([0, 0, 0, 0, 1])


class FromAvro(Deserializer):
    def __call__(self, value, ctx):
        return fastavro.schemaless_reader(io.BytesIO(value[5:]), SCHEMA)


class ToAvro(Serializer):
    def __call__(self, value, ctx):
        out = io.BytesIO(HEAD)
        out.seek(5)
        fastavro.schemaless_writer(out, SCHEMA, value)
        return out.getvalue()


app = Application(
    broker_address=brokers,
    consumer_group=group,
    auto_offset_reset="earliest",
    commit_interval=0.1,
    processing_guarantee="at-least-once" if workload == "B1" else "exactly-once",
    state_dir=state,
    loglevel="ERROR",
    producer_extra_config={"compression.type": "none", "linger.ms": 5},
)
orders = app.topic(from_topic, value_deserializer=FromAvro(), key_deserializer="str")
seen = app.topic(to_topic, value_serializer=ToAvro(), key_serializer="str")


def change(order):
    return {**order, "status": "seen"}


app.dataframe(orders).apply(change).to_topic(seen)
signal.signal(signal.SIGTERM, lambda *_: app.stop())
app.run()
