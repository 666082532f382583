"""The embedded default: answers by itself, on a CPU, from files in the repository."""
