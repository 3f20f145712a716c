"""Transactions over HTTP: process, look, confirm, cancel; the merchant's payment methods."""

from __future__ import annotations
