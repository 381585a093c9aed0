"""Agreements between our organisation and others: what is shared, who signed, until when, where the data lie."""
