"""Evaluation of backends."""
