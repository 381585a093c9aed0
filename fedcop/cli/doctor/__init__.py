"""`fedcop doctor`: what is amiss, each in a sentence with the mend. Looks only; changes nothing."""
