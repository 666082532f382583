"""Metrics, one small file each; bench, diagnosis and agreement use the same."""
