"""Where work is done: ``map(function, items)`` gives results as they finish. Knows no job."""
