"""The charter of a community: what one may and may not do, version by version, and who has accepted which."""
