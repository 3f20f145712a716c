"""Payments: transactions of several tenders, the provider operations they need, and their outcomes."""
