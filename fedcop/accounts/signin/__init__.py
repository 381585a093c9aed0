"""More than a password: codes of an app, passkeys, another provider (OpenID Connect), and what is under way while somebody signs in."""
