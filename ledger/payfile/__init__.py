"""Payout bundles: files for the bank and the approvers, their digests and signatures."""
