"""HTML for members, one file per feature."""
