"""Values and decisions of the catalogue; pure."""
