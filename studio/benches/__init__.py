"""Benchmarks and their runs: what the Bench tab works with."""
