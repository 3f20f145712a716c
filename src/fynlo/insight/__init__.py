"""What can be found out across features: whether everything agrees with the journal."""

from fynlo.insight.verify import Difference, trial_balances, verify

__all__ = ["Difference", "trial_balances", "verify"]
