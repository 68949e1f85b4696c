"""Workloads: jobs and application models."""
