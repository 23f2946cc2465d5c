"""The ledger: accounts, entries and lots."""
