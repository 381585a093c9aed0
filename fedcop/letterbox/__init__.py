"""What comes in by mail: answers to our letters, discussions that members begin, their files, and letters that nobody took. Over LMTP, from the operator's own mail server."""
