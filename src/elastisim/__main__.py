"""The command line as ``python -m elastisim``."""

from __future__ import annotations

from elastisim.cli.main import main

if __name__ == "__main__":
    main()
