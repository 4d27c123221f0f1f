"""``python -m triage_bench``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    from triage_bench.cli.app import main as run_command

    sys.exit(run_command())


if __name__ == "__main__":
    main()
