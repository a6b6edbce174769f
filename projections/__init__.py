"""The read side: views folded from the events, and the questions asked of them."""
