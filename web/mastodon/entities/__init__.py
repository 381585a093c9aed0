"""From what was loaded to the JSON that apps read. Pure functions: they ask the database nothing, and judge nobody."""
