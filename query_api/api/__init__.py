"""The JSON endpoints, their parameters, serializers and OpenAPI description."""
