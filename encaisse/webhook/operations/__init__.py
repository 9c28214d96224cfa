"""What happens to endpoints and to their messages."""
