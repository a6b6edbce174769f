"""From a roll to signed files and issued payouts: each step, and what is paid apart, sent again or allowed."""
