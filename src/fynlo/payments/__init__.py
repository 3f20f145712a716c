"""Payments: transactions of several tenders, their provider operations, and their outcomes."""
