"""Reflection in both versions, with every kind of request, from a client without the service's schema."""
import os
import unittest

import grpc
from reflection.v1 import reflection_pb2, reflection_pb2_grpc
from reflection.v1alpha import reflection_pb2 as alpha_pb2
from reflection.v1alpha import reflection_pb2_grpc as alpha_pb2_grpc
from reflection_client import ReflectionClient, call

SERVICE = "orchestrator.metrics.v1.MetricsService"
FILE = "orchestrator/metrics/v1/metrics.proto"
NOT_FOUND = grpc.StatusCode.NOT_FOUND.value[0]
INVALID_ARGUMENT = grpc.StatusCode.INVALID_ARGUMENT.value[0]


class Version1(unittest.TestCase):
    modules = (reflection_pb2, reflection_pb2_grpc)

    def setUp(self):
        self.channel = grpc.insecure_channel(os.environ["SERVICE"])
        self.client = ReflectionClient(self.channel, *self.modules)

    def tearDown(self):
        self.channel.close()

    def test_lists_every_service_and_itself(self):
        (answer,) = self.client.ask({"list_services": "whatever"})
        self.assertEqual(
            sorted(service.name for service in answer.list_services_response.service),
            [
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
                SERVICE,
            ],
        )
        self.assertEqual(answer.valid_host, "here")
        self.assertEqual(answer.original_request.list_services, "whatever")

    def test_describes_and_calls_without_a_schema(self):
        for symbol in (SERVICE, f"{SERVICE}.GetMetrics", "orchestrator.metrics.v1.Usage.cost_usd"):
            pool = self.client.pool_for(symbol)
            fields = pool.FindMessageTypeByName("orchestrator.metrics.v1.GetMetricsRequest").fields
            self.assertEqual([field.json_name for field in fields], ["read_mask"])
        envelope = call(self.channel, pool, SERVICE, "GetMetrics", read_mask={"paths": ["queue"]})
        self.assertEqual(envelope.queue.counts["queued"], 1)
        self.assertFalse(envelope.HasField("stages"))

    def test_one_stream_answers_many_questions_in_their_order(self):
        questions = [
            {"file_by_filename": FILE},
            {"file_by_filename": "no/such.proto"},
            {"file_containing_symbol": "no.Such"},
            {"file_containing_extension": {"containing_type": f"{SERVICE}", "extension_number": 1}},
            {"all_extension_numbers_of_type": "google.protobuf.Timestamp"},
            {"all_extension_numbers_of_type": "no.Such"},
            {},
            {"file_by_filename": "google/protobuf/timestamp.proto"},
        ]
        answers = self.client.ask(*questions)
        self.assertEqual(len(answers), len(questions))
        named, no_file, no_symbol, no_extension, extensions, no_type, nothing, imported = answers
        self.assertEqual(len(named.file_descriptor_response.file_descriptor_proto), 3)
        self.assertEqual(len(imported.file_descriptor_response.file_descriptor_proto), 1)
        self.assertEqual(extensions.all_extension_numbers_response.base_type_name, "google.protobuf.Timestamp")
        self.assertEqual(list(extensions.all_extension_numbers_response.extension_number), [])
        for answer in (no_file, no_symbol, no_extension, no_type):
            self.assertEqual(answer.error_response.error_code, NOT_FOUND)
        self.assertEqual(no_symbol.error_response.error_message, 'unknown symbol "no.Such"')
        self.assertEqual(nothing.error_response.error_code, INVALID_ARGUMENT)


class Version1Alpha(Version1):
    modules = (alpha_pb2, alpha_pb2_grpc)
