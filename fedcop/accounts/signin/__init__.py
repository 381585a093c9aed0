"""More than a password: codes of an app, and what is under way while somebody signs in."""
