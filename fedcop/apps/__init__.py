"""Applications of members: programs that speak for somebody who let them, within scopes. Knows no HTTP and none of what they may read."""
