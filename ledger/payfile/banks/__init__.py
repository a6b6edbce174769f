"""The bank profiles that come along: one TOML file a layout, named by its code (`ledger/payfile/bank_profile.py`)."""
