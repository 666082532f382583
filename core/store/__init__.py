"""What is kept: images as files, tasks, proposals and revisions in SQL. Nothing else in the project knows SQL."""
