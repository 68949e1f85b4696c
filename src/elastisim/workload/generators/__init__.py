"""Synthetic workloads, reproducible by seed."""
