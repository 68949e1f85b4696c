"""Traces of real machines: readers, cleaning, and the way back."""
