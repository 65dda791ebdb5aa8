"""The claims that are proved, one module for each, and the list of all of them."""
