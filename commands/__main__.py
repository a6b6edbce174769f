"""`python -m commands`: the same as `ledger`."""

from __future__ import annotations

from commands.main import main

if __name__ == "__main__":
    main()
