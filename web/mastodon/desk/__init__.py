"""The client API where an application is signed in as a community: who is in charge acts by their own role, and reads as the community."""
