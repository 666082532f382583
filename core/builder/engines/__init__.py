"""Who runs the shards: processes of this machine, or a Ray cluster. Nothing is imported here: a worker sets its threads before NumPy comes."""
