"""One linear chain of steps for the one Tortoise app `fedcop`. See README.md; `make migration NAME=add_something` writes a step."""
