"""The organisation's own list of its members, brought as a file: read, shown, then applied. Nobody gets an account without their yes."""
