"""Find posts, resources, people and communities among what one may read."""
