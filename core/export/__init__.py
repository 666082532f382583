"""Data going out and coming back: the native folder and the conversions, each with its reader."""
