"""What an order's records say, as evidence in order, and in one sentence. Pure."""
