"""Results for people: a leaderboard beside the rows that the paper reports, charts, and the samples that went wrong."""
