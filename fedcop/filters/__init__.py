"""Words and posts that a member does not want to meet, or not unprepared. They lie with the account, which is loaded anyway: filtering asks no statement."""
