"""The examples of the OpenAPI document, recorded: a day at the demo shop, played for real.

`python -m tools.examples` plays it against the real application, a PostgreSQL, a Valkey and the
sandbox, and writes what was said into `src/fynlo/openapi/examples.json`.

To add an operation, add a `Call` to the scene of its part. From a call that succeeds, the recorder
makes by itself the refusals that every call of its shape has: without a token, by somebody who may
not (`denied`), with an id of nothing, with a malformed or too large body, and without a key.
"""
