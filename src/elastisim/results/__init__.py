"""Results: what a simulation writes, and what can be read from it."""
