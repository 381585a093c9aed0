"""What a member is told, in the notification centre and by e-mail."""
