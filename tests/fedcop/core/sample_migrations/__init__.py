"""A chain like ours, small: it does to parents with children what has lost rows elsewhere."""
