"""What pages share: routes, templates, forms, paging, messages."""
