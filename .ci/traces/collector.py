"""A collector of spans: gRPC's own server and the protocol's published types, over gRPC and over HTTP.

Usage: collector.py GRPC_PORT HTTP_PORT. Prints a line of JSON for each span.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span


def show(by, request):
    for resource in request.resource_spans:
        names = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            line = {
                "by": by,
                "service": names["service.name"],
                "trace": span.trace_id.hex(),
                "span": span.span_id.hex(),
                "parent": span.parent_span_id.hex(),
                "name": span.name,
                "kind": Span.SpanKind.Name(span.kind),
                "nanoseconds": span.end_time_unix_nano - span.start_time_unix_nano,
            }
            print(json.dumps(line), flush=True)
    return trace_service_pb2.ExportTraceServiceResponse()


class Service(trace_service_pb2_grpc.TraceServiceServicer):
    def Export(self, request, context):
        return show("grpc", request)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path != "/v1/traces" or self.headers["content-type"] != "application/x-protobuf":
            self.send_error(404)
            return
        answer = show("http", trace_service_pb2.ExportTraceServiceRequest.FromString(body)).SerializeToString()
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = grpc.server(ThreadPoolExecutor(2))
trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Service(), server)
if server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}") == 0:
    sys.exit("the port is taken")
server.start()
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
