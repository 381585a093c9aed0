"""Web push: what a member is told also reaches the devices that they chose, even when no page is open there."""
