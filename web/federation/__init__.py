"""What other servers talk to: inboxes, documents, collections, discovery. Never the network, never a template."""
