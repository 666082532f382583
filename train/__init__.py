"""Training. torch is imported after the command line has been read."""
