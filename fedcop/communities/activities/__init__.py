"""Communities on the wire: what we send (outgoing), what we take (joining, moderating), what we serve (documents)."""
