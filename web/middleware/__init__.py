"""What every request passes through, outermost first; the order stands in web/app.py."""
