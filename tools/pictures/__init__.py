"""Pictures of what the built-in policies do, for the documentation."""
