"""Appeals: somebody has a decision about them looked at again, by somebody else than who decided."""
