"""Every write of deposits, by verb: templates, what is asked for, and the movements of what is held."""
