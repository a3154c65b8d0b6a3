"""A client without a schema, like grpcurl and grpc_cli: gets the schema through reflection, and calls with it."""
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


class ReflectionClient:
    """One version of the protocol, with its generated modules `pb` and `pb_grpc`."""

    def __init__(self, channel, pb, pb_grpc):
        self.pb = pb
        self.stub = pb_grpc.ServerReflectionStub(channel)

    def ask(self, *questions):
        """Returns the responses to requests on one stream."""
        requests = [self.pb.ServerReflectionRequest(host="here", **question) for question in questions]
        return list(self.stub.ServerReflectionInfo(iter(requests), timeout=10))

    def pool_for(self, symbol):
        """Returns a descriptor pool with the symbol's file and its imports."""
        (answer,) = self.ask({"file_containing_symbol": symbol})
        files = {}
        for serialized in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(serialized)
            files[file.name] = file
        pool = descriptor_pool.DescriptorPool()

        def add(file):
            for dependency in file.dependency:
                if dependency in files:
                    add(files.pop(dependency))
            pool.Add(file)

        while files:
            add(files.popitem()[1])
        return pool


def call(channel, pool, service, method, **fields):
    """Calls a unary method through its descriptor alone."""
    described = pool.FindServiceByName(service).FindMethodByName(method)
    messages = message_factory.MessageFactory(pool)
    request, response = (messages.GetPrototype(of) for of in (described.input_type, described.output_type))
    unary = channel.unary_unary(f"/{service}/{method}", request.SerializeToString, response.FromString)
    return unary(request(**fields), timeout=10)
