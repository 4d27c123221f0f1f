"""Plan jobs, run them, keep their records."""
