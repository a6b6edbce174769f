"""The write side: what is true about grants and payouts, and how it is kept."""
