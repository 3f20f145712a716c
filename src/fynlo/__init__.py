"""Fynlo: a self-hosted payments backend for the point of sale, where the money is right."""

__version__ = "0.1.0"
