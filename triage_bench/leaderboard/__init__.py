"""From records to a ranking: scores, intervals, paired tests and ties. Pure functions on arrays."""
