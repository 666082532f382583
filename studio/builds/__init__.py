"""Builds from the studio: each a process of its own with a folder of its own, found again after a restart."""
