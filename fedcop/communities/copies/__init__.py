"""Who holds a copy of what a community says: the ledger, receipts of deletions, and the request to erase."""
