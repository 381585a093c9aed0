"""What members choose to show on their profile beside what they say of themselves: tags, people, communities."""
