"""The built-in scheduling policies, one module for each family."""
