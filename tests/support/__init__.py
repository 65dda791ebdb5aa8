"""What the tests share: builders, the tools outside Python, and the house rules."""
