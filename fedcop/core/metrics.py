"""What this process counts, for Prometheus: how often, how long, how full. No names of people, no addresses, no words.

Counted since the process began, in each by itself; who asks adds them up. What is in the database is read when somebody asks
(web/metrics.py), and is the same whichever process is asked.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a third series for each, of which nobody makes anything
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

requests = Counter("fedcop_requests", "Requests answered.", ("family", "status"), registry=REGISTRY)
request_seconds = Histogram(
    "fedcop_request_seconds",
    "From the request to the end of the answer.",
    ("family",),
    buckets=SECONDS,
    registry=REGISTRY,
)
received = Counter(
    "fedcop_received", "Activities delivered to us, by what we answered.", ("status",), registry=REGISTRY
)
judged = Counter("fedcop_judged", "Activities received, by what became of them.", ("outcome",), registry=REGISTRY)
delivered = Counter("fedcop_deliveries", "Attempts to deliver, by what became of them.", ("result",), registry=REGISTRY)
jobs = Counter("fedcop_jobs", "Jobs attempted, by what became of them.", ("job", "result"), registry=REGISTRY)
job_seconds = Histogram("fedcop_job_seconds", "What an attempt at a job took.", buckets=SECONDS, registry=REGISTRY)
streams = Gauge("fedcop_streams", "Apps that listen to this process now.", registry=REGISTRY)
