"""The service called with Debian's python3-grpcio, with stubs generated from the project's .proto files."""
import contextlib
import os
import sys
import unittest

import grpc
from health.v1 import health_pb2, health_pb2_grpc
from orchestrator.metrics.v1 import metrics_pb2, metrics_pb2_grpc


@contextlib.contextmanager
def database(state):
    """Controls what happens to the service's database meanwhile."""

    def say(words):
        sys.stdout.write(words + "\n")
        sys.stdout.flush()
        assert sys.stdin.readline() == "ready\n"

    say(state)
    try:
        yield
    finally:
        say("done")


class Client(unittest.TestCase):
    def setUp(self):
        self.channel = grpc.insecure_channel(os.environ["SERVICE"])
        self.metrics = metrics_pb2_grpc.MetricsServiceStub(self.channel)

    def tearDown(self):
        self.channel.close()

    def call(self, *sections, **options):
        request = metrics_pb2.GetMetricsRequest(read_mask={"paths": sections})
        return self.metrics.GetMetrics(request, **options)

    def assert_sound(self):
        self.assertFalse(self.call("queue").queue.HasField("error"))

    def test_unary(self):
        envelope = self.call("queue", "cost")
        self.assertEqual(envelope.queue.counts["queued"], 1)
        self.assertEqual(envelope.cost.totals.input_tokens, 2**53 - 1)
        self.assertFalse(envelope.HasField("stages"))

    def test_one_mebibyte_and_gzip(self):
        for compression in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
            envelope = self.call("stages", compression=compression)
            self.assertEqual(len(envelope.stages.tasks), 1000)
            self.assertGreater(envelope.ByteSize(), 2**20)

    def test_error(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call("cots")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn('unknown section "cots"', caught.exception.details())

    def test_deadline(self):
        with database("lock"), self.assertRaises(grpc.RpcError) as caught:
            self.call(timeout=0.04)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.assert_sound()

    def test_cancellation(self):
        with database("lock"):
            call = self.metrics.GetMetrics.future(metrics_pb2.GetMetricsRequest())
            self.assertTrue(call.cancel())
        self.assertEqual(call.code(), grpc.StatusCode.CANCELLED)
        self.assert_sound()

    def test_unknown_method(self):
        call = self.channel.unary_unary("/orchestrator.metrics.v1.MetricsService/GetMetric")
        with self.assertRaises(grpc.RpcError) as caught:
            call(b"")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)
        self.assertIn("not found: ", caught.exception.details())

    def test_far_deadline(self):
        self.assertFalse(self.call("queue", timeout=100 * 365 * 86_400).queue.HasField("error"))

    def test_health(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        serving = health_pb2.HealthCheckResponse.SERVING
        statuses = health.List(health_pb2.HealthListRequest()).statuses
        self.assertEqual(sorted(statuses), ["", "orchestrator.metrics.v1.MetricsService"])
        for service in statuses:
            self.assertEqual(statuses[service].status, serving)
            answer = health.Check(health_pb2.HealthCheckRequest(service=service))
            self.assertEqual(answer.status, serving)
        with self.assertRaises(grpc.RpcError) as caught:
            health.Check(health_pb2.HealthCheckRequest(service="no.Such"))
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)
        # By the protocol, watching an unknown service reports that and continues, since it may appear later.
        unknown = health.Watch(health_pb2.HealthCheckRequest(service="no.Such"))
        self.assertEqual(next(unknown).status, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
        unknown.cancel()

    def test_watch(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        request = health_pb2.HealthCheckRequest(service="orchestrator.metrics.v1.MetricsService")
        serving = health_pb2.HealthCheckResponse.SERVING
        stream = health.Watch(request)
        self.assertEqual(next(stream).status, serving)
        with database("take away"):
            self.assertEqual(next(stream).status, health_pb2.HealthCheckResponse.NOT_SERVING)
        self.assertEqual(next(stream).status, serving)
        stream.cancel()
