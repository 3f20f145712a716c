"""Notifications: what providers tell us. Verify → store → acknowledge → handle, in this order."""
