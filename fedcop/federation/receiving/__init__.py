"""What strangers send: taken, judged, handed to a feature."""
