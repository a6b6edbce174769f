"""Values without identity: money, mass, months, identifiers. No I/O and no clock."""
