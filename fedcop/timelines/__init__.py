"""Who sees which threads in which order, computed on reading, with the rights in the same query. Stores nothing but what a person chose."""
