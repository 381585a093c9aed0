"""Reports as other servers send and read them: Flag, and the answers to it."""
