"""What can be found out across features: whether everything agrees with the journal."""

from fynlo.insight.verify import Difference, verify

__all__ = ["Difference", "verify"]
