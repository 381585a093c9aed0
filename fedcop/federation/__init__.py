"""The engine: strangers in, facts out; knows no feature. See README.md beside this file."""
