"""Pure rules: from facts, policy and a month to lines with reasons."""
