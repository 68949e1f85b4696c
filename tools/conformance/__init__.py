"""Runs of folders of cases with recorded results, one module for each kind of case."""
