"""Who sees what, in order: computed on reading, with rights in the same query; only reads."""
