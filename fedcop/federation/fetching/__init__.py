"""What is asked of other servers: documents, actors, files, tokens. For jobs and handlers only."""
