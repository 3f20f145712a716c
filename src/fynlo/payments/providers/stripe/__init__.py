"""Cards through Stripe: the only package that knows the SDK and Stripe's words."""

from fynlo.payments.providers.stripe.accounts import StripeAccounts
from fynlo.payments.providers.stripe.adapter import StripeCards

__all__ = ["StripeAccounts", "StripeCards"]
