"""Files: uploads of ours and verified copies of what others published."""
