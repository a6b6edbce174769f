"""Pure aggregates and their events, one file each."""
