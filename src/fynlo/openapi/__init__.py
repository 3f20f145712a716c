"""The OpenAPI document: what the routes say of themselves, with recorded examples and events."""

from fynlo.openapi.document import ApiConfig, StructDocs

__all__ = ["ApiConfig", "StructDocs"]
