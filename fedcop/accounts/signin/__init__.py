"""More than a password: codes of an app, passkeys, and what is under way while somebody signs in."""
