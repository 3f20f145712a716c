"""Break everything that can break, while tills sell; then compare both sides' books.

The kit is a client like any other: it starts a server of its own, speaks the public API and the
sandbox's control calls, and reads the database only at the end, to `verify` it.
"""

from fynlo.chaos.plan import Target, Wish
from fynlo.chaos.play import Setup, play
from fynlo.chaos.report import Report, show
from fynlo.chaos.server import NotServing
from fynlo.chaos.till import Person

__all__ = ["NotServing", "Person", "Report", "Setup", "Target", "Wish", "play", "show"]
