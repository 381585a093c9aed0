"""As much of JSON-LD as ActivityPub needs: bundled contexts and usual spellings. No expansion, no fetching."""
