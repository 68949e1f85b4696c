"""Scheduling interface."""
