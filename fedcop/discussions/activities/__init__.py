"""How posts travel as ActivityPub: what we say (outgoing), what we are told (incoming), and fetching the past (backfill)."""
