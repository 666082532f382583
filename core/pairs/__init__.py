"""Two images side by side: whether they show one scene, how one lies on the other, and where and how much they differ. Pixels alone; no model."""
