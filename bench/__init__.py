"""How fast Fynlo is, measured beside the same statements in pgbench: see `bench/README.md`."""
