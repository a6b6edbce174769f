"""How events are kept: PostgreSQL, sealed fields, the embedded server."""
