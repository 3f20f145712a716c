"""What an integrator should know before the first call, and how the API is divided."""

from __future__ import annotations

from typing import Final

ABOUT: Final = """\
Payments for the point of sale, on a server of your own. Resources in, resources out, in JSON.

All examples are recorded: they are what the demo shop answers, with its ids, times made even and
secrets cut short. Start it with `fynlo demo` and send them yourself.

## Amounts
An amount is a whole number in minor units of the `currency` beside it: `1250` is 12.50 in GBP, and
1250 yen in JPY. There are no fractions, and a text is not an amount.

## Signing in
`POST /api/v1/auth/login` gives an access token for an hour and a refresh token for a day. Send the
access token as `Authorization: Bearer …`. What somebody may do is read with every call: a logout
and changed rights hold at once. Objects of other merchants do not exist for you: 404.

On a till people sign in with a PIN: add its device to a register, keep the `device_token`, and send
it as `X-Device-Token` with `POST /api/v1/auth/pin`. A program has an API key instead of a token,
as `X-API-Key`: every call that takes a token takes a key. It acts as itself, within its scopes and
within what whoever answers for it may do at that moment.

## Keys
A call that moves money or cash, or gives an order up, needs an `Idempotency-Key`: a UUID of your
own, or 16 to 255 characters. Mint it before the first try, keep it until you have an answer, and
send the call again with the same key and content as often as you like: it is done once, and every
repeat gets the same answer, with `Idempotent-Replayed: true`. While nothing is final (202) a repeat
gets the state of the moment. The same key with other content is refused. A new try after a decline
is a new key. What such a call makes takes the key as its id.

Orders and what else can be made take an `id` of your own in the body instead, with the same effect.

## Lists
A list has `items` and `next`. Send `next` back as `after` for the next page; on the last one it is
`null`. `from` and `to` are RFC 3339 times, the first inclusive, the second not.

## Requests
Unknown fields are refused, and so is a text where a number belongs. Send an `X-Request-Id` of 8 to
64 characters to find a call in the log again; every answer has one. New fields may come into
answers: ignore those that you do not know.
"""

ON_PROBLEMS: Final = """
## Problems
A refusal is `application/problem+json` (RFC 9457). Branch on `code`, which is permanent; `retry`
says whether asking again can help, and under which key. Facts stand beside the standard's members.
Besides what an operation lists, any call can meet: 400 for a query with the character U+0000, 404
and 405 where there is no such call, 500 `internal-error`, and 503 `temporarily-unavailable` while
the database is away; after both the same key is safe.

| Code | Status | Title | Retry |
|---|---|---|---|
"""

EVENTS_TAG: Final = "Events"

TAGS: Final = {
    "Sign in and shop": "People and their sessions, places, and the rules of the shop.",
    "Catalogue": (
        "What is for sale, for how much, and how it is taxed; what differs at a location; the menu"
        " as a file."
    ),
    "Orders": "What a customer wants; the server prices it.",
    "Kitchen": (
        "Stations and their tickets. A ticket holds exactly what changed since the one before: a"
        " negative quantity is taken back."
    ),
    "Transactions": (
        "Several ways of paying for one order, and their one answer: all of them stand, or nothing"
        " was taken."
    ),
    "Drawers": "Cash drawers: open, move, close. Sales move cash by themselves.",
    "Existing tills": (
        "What an existing till says, translated: numbers of the currency's unit, its envelope and"
        " its words. Under `/till` are the shapes that have another of ours beside them: a call"
        " finds them by the address `/till/api/v1/…`, or by `X-API-Version: 1`."
    ),
    "Notifications": (
        "What providers tell us. An event is kept before it is acknowledged; what follows from it"
        " happens behind the answer, and is asked of the provider, never read from the event."
    ),
    "Approvals": (
        "What somebody may not do alone, another person allows: for exactly this, within ten"
        " minutes, once."
    ),
    "Audit": "Who did what, before and after, in a chain that shows whether anybody changed it.",
    "Health": "For load balancers and for those who are woken up.",
    EVENTS_TAG: (
        "What is told after a commit, at least once, with a `sequence` that has no gaps within the"
        " merchant. It is published on the Valkey (or Redis) channel `fynlo:events:<merchant_id>`;"
        " `rooms` says who may hear of it."
    ),
}
"""Each part's name and what is in it, in the order of reading."""
