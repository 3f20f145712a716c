"""The tender's and the operation's states, as tables.

An answer may arrive twice (response, webhook, resolver) and late, so repeats and older news are
legal. What is not listed is a contradiction: it stops and is looked at. Money the provider did take
is never a contradiction: whatever we believed, CAPTURE leads to captured.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fynlo.kernel.machine import Machine


class TenderState(StrEnum):
    """How far one tender has come."""

    PENDING = "pending"  # Journaled. The provider may or may not have been asked.
    REQUIRES_ACTION = "requires_action"  # The customer is with their bank; nothing is taken yet.
    UNKNOWN = "unknown"  # The provider was asked; its answer was lost. Not a failure.
    AUTHORIZED = "authorized"  # Held, not taken.
    CAPTURING = "capturing"
    CAPTURED = "captured"
    DECLINED = "declined"
    VOIDING = "voiding"
    VOIDED = "voided"  # Given up; nothing was taken.
    REFUNDED = "refunded"


class TenderEvent(StrEnum):
    """What can happen to a tender."""

    AUTHORIZE = "authorize"
    START_CAPTURE = "start_capture"
    CAPTURE = "capture"
    DECLINE = "decline"
    REQUIRE_ACTION = "require_action"
    LOSE_ANSWER = "lose_answer"
    START_VOID = "start_void"
    VOID = "void"
    REFUND = "refund"


_S = TenderState
_E = TenderEvent

_UNDECIDED: Final = {
    _E.AUTHORIZE: _S.AUTHORIZED,
    _E.CAPTURE: _S.CAPTURED,
    _E.DECLINE: _S.DECLINED,
    _E.REQUIRE_ACTION: _S.REQUIRES_ACTION,
    _E.VOID: _S.VOIDED,
    _E.REFUND: _S.REFUNDED,
}

TENDER: Final = Machine(
    "tender",
    {
        _S.PENDING: {**_UNDECIDED, _E.LOSE_ANSWER: _S.UNKNOWN},
        _S.UNKNOWN: {**_UNDECIDED, _E.LOSE_ANSWER: _S.UNKNOWN},
        _S.REQUIRES_ACTION: {
            **_UNDECIDED,
            _E.LOSE_ANSWER: _S.REQUIRES_ACTION,
            _E.START_VOID: _S.VOIDING,
        },
        _S.AUTHORIZED: {
            _E.AUTHORIZE: _S.AUTHORIZED,
            _E.REQUIRE_ACTION: _S.AUTHORIZED,
            _E.LOSE_ANSWER: _S.AUTHORIZED,
            _E.START_CAPTURE: _S.CAPTURING,
            _E.CAPTURE: _S.CAPTURED,
            _E.START_VOID: _S.VOIDING,
            _E.VOID: _S.VOIDED,  # The hold ran out.
            _E.REFUND: _S.REFUNDED,  # Somebody took it and gave it back, elsewhere.
        },
        _S.CAPTURING: {
            _E.AUTHORIZE: _S.AUTHORIZED,  # The capture was not carried out.
            _E.REQUIRE_ACTION: _S.CAPTURING,
            _E.LOSE_ANSWER: _S.CAPTURING,
            _E.CAPTURE: _S.CAPTURED,
            _E.DECLINE: _S.DECLINED,
            _E.VOID: _S.VOIDED,
            _E.REFUND: _S.REFUNDED,
        },
        _S.CAPTURED: {
            _E.CAPTURE: _S.CAPTURED,
            _E.AUTHORIZE: _S.CAPTURED,
            _E.REQUIRE_ACTION: _S.CAPTURED,
            _E.LOSE_ANSWER: _S.CAPTURED,
            _E.DECLINE: _S.CAPTURED,  # Of the refund: what was taken stays taken.
            _E.REFUND: _S.REFUNDED,
        },
        _S.DECLINED: {
            _E.DECLINE: _S.DECLINED,
            _E.AUTHORIZE: _S.AUTHORIZED,  # Older news of a hold that must be released.
            _E.REQUIRE_ACTION: _S.DECLINED,
            _E.LOSE_ANSWER: _S.DECLINED,
            _E.START_VOID: _S.DECLINED,  # Giving up its intent does not change the word.
            _E.VOID: _S.DECLINED,
            _E.CAPTURE: _S.CAPTURED,  # It paid before we could give it up.
            _E.REFUND: _S.REFUNDED,
        },
        _S.VOIDING: {
            _E.AUTHORIZE: _S.VOIDING,
            _E.REQUIRE_ACTION: _S.VOIDING,
            _E.LOSE_ANSWER: _S.VOIDING,
            _E.DECLINE: _S.VOIDING,
            _E.START_VOID: _S.VOIDING,
            _E.VOID: _S.VOIDED,
            _E.CAPTURE: _S.CAPTURED,
            _E.REFUND: _S.REFUNDED,
        },
        _S.VOIDED: {
            _E.AUTHORIZE: _S.AUTHORIZED,  # Older news, or a hold after all: it must be released.
            _E.VOID: _S.VOIDED,
            _E.LOSE_ANSWER: _S.VOIDED,
            _E.DECLINE: _S.VOIDED,
            _E.REQUIRE_ACTION: _S.VOIDED,
            _E.CAPTURE: _S.CAPTURED,
            _E.REFUND: _S.REFUNDED,
        },
        _S.REFUNDED: {
            # Whatever was true before it was taken and given back is older news.
            **dict.fromkeys(
                (
                    *(_E.AUTHORIZE, _E.CAPTURE, _E.REQUIRE_ACTION),
                    *(_E.DECLINE, _E.LOSE_ANSWER, _E.REFUND),
                ),
                _S.REFUNDED,
            ),
        },
    },
)


class OperationState(StrEnum):
    """How far one journaled provider call has come."""

    SENT = "sent"  # Journaled and leased to somebody who is calling, or who died calling.
    LOST = "lost"
    ACTION = "action"
    APPROVED = "approved"
    DECLINED = "declined"
    BURNED = "burned"  # Its key is spent on nothing: it never happened and never can.


class OperationEvent(StrEnum):
    """What can happen to a provider call."""

    SEND = "send"
    LOSE = "lose"
    ACT = "act"
    APPROVE = "approve"
    DECLINE = "decline"
    BURN = "burn"


_O = OperationState
_OE = OperationEvent

_ANSWERS: Final = {
    _OE.LOSE: _O.LOST,
    _OE.ACT: _O.ACTION,
    _OE.APPROVE: _O.APPROVED,
    _OE.DECLINE: _O.DECLINED,
}

OPERATION: Final = Machine(
    "operation",
    {
        _O.SENT: {**_ANSWERS, _OE.SEND: _O.SENT, _OE.BURN: _O.BURNED},
        _O.LOST: {**_ANSWERS, _OE.SEND: _O.SENT, _OE.BURN: _O.BURNED},
        _O.ACTION: {**_ANSWERS, _OE.LOSE: _O.ACTION},
        _O.APPROVED: dict.fromkeys((_OE.LOSE, _OE.ACT, _OE.APPROVE, _OE.DECLINE), _O.APPROVED),
        _O.DECLINED: {
            **dict.fromkeys((_OE.LOSE, _OE.ACT, _OE.DECLINE), _O.DECLINED),
            _OE.APPROVE: _O.APPROVED,
        },
        _O.BURNED: {**dict.fromkeys(_OE, _O.BURNED), _OE.APPROVE: _O.APPROVED},
    },
)
