"""Starts moto_server, which simulates AWS in memory, nearly as it is or with the overwrite semantics of AWS.

usage: moto-server.py plain|like-aws PORT CALLS

CALLS is a file that gets a line of JSON for each call that is not a read, in their order: method, path and body.
`like-aws` changes what moto is known to do differently from AWS:
- An import that overwrites an API resets each property that the document does not set, and takes over those that it
  sets. AWS was recorded doing so for binary media types.
- UpdateRestApi escapes `/` in media types as `~1`, as JSON pointers do.
- With failonwarnings, an operation with a `default` response is an error, because AWS warns about each.
- Reimporting an HTTP API replaces its description.
Both import a mock integration without a URI, which AWS does and moto does not. Both ignore what moto itself does with failonwarnings: it validates against OpenAPI's own schema, which API Gateway's
models do not follow.
"""

import io
import json
import sys

import yaml
from moto.apigateway import models as rest
from moto.apigatewayv2 import models as http
from moto.core.exceptions import JsonRESTError
from moto.moto_server import werkzeug_app
from moto.server import main


def log_calls(path):
    """Wraps moto's application, so that it writes each call that may change something."""
    calls = open(path, "a", encoding="utf8")
    inner = werkzeug_app.DomainDispatcherApplication.__call__

    def call(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if environ["REQUEST_METHOD"] != "GET" and not target.split(".")[-1].startswith(READS):
            line = {
                "method": environ["REQUEST_METHOD"],
                "path": environ["PATH_INFO"],
                "query": environ.get("QUERY_STRING", ""),
                "target": target,
                "body": body.decode("utf8", "replace"),
            }
            calls.write(json.dumps(line) + "\n")
            calls.flush()
        return inner(self, environ, start_response)

    werkzeug_app.DomainDispatcherApplication.__call__ = call


READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet")
DESCRIPTION = "description"


def ignore_warnings():
    inner = rest.APIGatewayBackend.put_rest_api

    def put_rest_api(self, function_id, api_doc, fail_on_warnings, mode="merge"):
        return inner(self, function_id, api_doc, False, mode)

    rest.APIGatewayBackend.put_rest_api = put_rest_api


def import_mocks():
    """Imports a mock integration without `uri` and `httpMethod`, as AWS does: a mock calls nothing."""
    inner = rest.APIGatewayBackend._build_integration_args

    def build(self, integration):
        args = inner(self, integration)
        if str(integration.get("type", "")).lower() != "mock":
            return args
        return {**args, "uri": args["uri"] or "", "integration_method": args["integration_method"] or ""}

    rest.APIGatewayBackend._build_integration_args = build


def overwrite_rest_api():
    """Makes an import with mode overwrite reset what the document does not set."""
    inner = rest.APIGatewayBackend.put_rest_api

    def put_rest_api(self, function_id, api_doc, fail_on_warnings, mode="merge"):
        if fail_on_warnings:
            reject_warnings(api_doc)
        api = inner(self, function_id, api_doc, fail_on_warnings, mode)
        if mode == "overwrite":
            api.name = api_doc["info"]["title"]
            api.description = api_doc["info"].get(DESCRIPTION, "")
            api.api_key_source = api_doc.get("x-amazon-apigateway-api-key-source", "HEADER")
            api.binaryMediaTypes = list(api_doc.get("x-amazon-apigateway-binary-media-types", []))
            api.minimum_compression_size = api_doc.get("x-amazon-apigateway-minimum-compression-size")
            api.policy = None
            api.disableExecuteApiEndpoint = False
        return api

    rest.APIGatewayBackend.put_rest_api = put_rest_api


def reject_warnings(api_doc):
    warnings = [
        f"Unable to put method response 'default' for method '{method.upper()}' on path '{path}'"
        for path, item in api_doc["paths"].items()
        for method, operation in item.items()
        if "default" in operation.get("responses", {})
    ]
    if warnings:
        message = "Warnings found during import:\n" + "\n".join(f"\t{warning}" for warning in warnings)
        raise JsonRESTError("BadRequestException", message)


def update_rest_api():
    """Applies patches of an API property by property. moto compares only the beginnings of paths."""
    properties = {
        "/name": "name",
        "/description": "description",
        "/apiKeySource": "api_key_source",
        "/policy": "policy",
    }
    inner = rest.RestAPI.apply_patch_operations

    def apply_patch_operations(self, patch_operations):
        for operation in patch_operations:
            path, value = operation["path"], operation.get("value", "")
            if path.startswith("/binaryMediaTypes/"):
                media_type = path.removeprefix("/binaryMediaTypes/").replace("~1", "/").replace("~0", "~")
                others = [known for known in self.binaryMediaTypes if known != media_type]
                self.binaryMediaTypes = others + ([media_type] if operation["op"] == "add" else [])
            elif path == "/policy" and value:
                # AWS returns the policy as the inside of a JSON string.
                self.policy = json.dumps(value)[1:-1].replace("/", "\\/")
            elif path == "/disableExecuteApiEndpoint":
                self.disableExecuteApiEndpoint = value == "true"
            elif path == "/minimumCompressionSize":
                self.minimum_compression_size = int(value) if value else None
            elif path in properties:
                setattr(self, properties[path], value or None)
            else:
                inner(self, [operation])

    rest.RestAPI.apply_patch_operations = apply_patch_operations


def reimport_http_api():
    """Makes a reimport take over the document's description."""
    inner = http.Api.import_api

    def import_api(self, body_str, fail_on_warnings):
        inner(self, body_str, fail_on_warnings)
        self.description = yaml.safe_load(body_str)["info"].get(DESCRIPTION, "")

    http.Api.import_api = import_api


if __name__ == "__main__":
    kind, port, calls_file = sys.argv[1:]
    log_calls(calls_file)
    ignore_warnings()
    import_mocks()
    if kind == "like-aws":
        overwrite_rest_api()
        update_rest_api()
        reimport_http_api()
    main(["-H", "127.0.0.1", "-p", port])
