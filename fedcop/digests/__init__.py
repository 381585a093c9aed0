"""What a member gets from each of their communities by e-mail, how often, and the letters themselves: computed when they leave, never before."""
