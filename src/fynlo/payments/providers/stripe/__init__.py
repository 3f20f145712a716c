"""Cards through Stripe: the only package that knows the SDK and Stripe's words."""

from fynlo.payments.providers.stripe.accounts import StripeAccounts
from fynlo.payments.providers.stripe.adapter import StripeCards
from fynlo.payments.providers.stripe.endpoint import SAYINGS, StripeEndpoint

__all__ = ["SAYINGS", "StripeAccounts", "StripeCards", "StripeEndpoint"]
