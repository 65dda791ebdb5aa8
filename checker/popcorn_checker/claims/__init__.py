"""Claims: that a protocol holds at a scope, with the counts that stand behind the word."""
