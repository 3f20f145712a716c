"""What a drawer session decides from its own state."""
