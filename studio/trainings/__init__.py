"""Trainings: what they learn from, their command lines, how they go, and the loop from corrections to a better model."""
