"""Who moves card money for us: the port, and one package per provider."""
