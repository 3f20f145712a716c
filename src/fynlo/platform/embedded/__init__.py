"""Real engines for somebody who has none: PostgreSQL and Valkey, started from wheels, in a folder.

The same engines serve a laptop, the tests and a small shop; a bigger one gives their URLs instead.
They listen on private Unix sockets only, die with the process that started them where the kernel
offers that, and are found and stopped by the next start where it does not.
"""

from __future__ import annotations

from fynlo.platform.embedded.engine import EngineError
from fynlo.platform.embedded.postgres import Postgres, start_postgres
from fynlo.platform.embedded.valkey import Valkey, start_valkey

__all__ = ["EngineError", "Postgres", "Valkey", "start_postgres", "start_valkey"]
