"""What people's corrections give back to the builder: they stand in every later build, and they tell how well each stage works."""
