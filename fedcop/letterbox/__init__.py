"""What comes in by mail: answers to our letters, and letters that nobody took. Over LMTP, from the operator's own mail server."""
