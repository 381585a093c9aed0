"""The shared library of a community: links and files with licence, credits and versions."""
