"""A community that ends in others: split into daughters, or merged into one that is there. Nobody's text is lost, old links work."""
