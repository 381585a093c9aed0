"""What lies in a backup, how it is written and sealed, and how it is read back. The commands are in cli/archive.py."""
