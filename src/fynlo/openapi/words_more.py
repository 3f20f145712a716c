"""Words of fields, as in `words`: of the kitchen, and of approvals and the audit trail."""

from __future__ import annotations

from typing import Final

KITCHEN: Final = {
    "station_id": "The station; `null`: what belongs to none.",
    "ticket_id": "The kitchen ticket.",
    "ticket_ids": "The new kitchen tickets, one for each station that has something new.",
    "category_ids": "The parts of the menu that it prepares.",
    "StationIn.id": "A UUID of your own: with the same content again it is the same station.",
    "TicketOut.number": "What people call the ticket: it counts within location and business day.",
    "TicketTold.number": "What people call the ticket: it counts within location and business day.",
    "TicketOut.business_day": "The day within which its number counts.",
    "order_number": "What people call the order.",
    "priority": "Its place in the queue: the higher one, of 0 to 9, comes first.",
    "estimate_minutes": (
        "How many minutes it should take: 5 and the preparation of all that is to be made, at"
        " least 10; 0 if something is only taken back."
    ),
    "TicketOut.lines": "Exactly what changed since the order's ticket before.",
    "TicketLineOut.quantity": (
        "How many more; negative for what is taken back, 0 where only the note changed."
    ),
    "TicketLineOut.note": "What the kitchen should know, as it is now.",
    "TicketLineOut.modifiers": "What was chosen with it, in words.",
    "TicketLineOut.name": "What the product was called when it was sent.",
    "sent_at": "When the kitchen got it (RFC 3339, UTC).",
    "sent_by": "Who sent it; `null` if nobody did, such as a bank's late answer.",
    "TicketOut.started_at": "When the kitchen began with it (RFC 3339, UTC).",
    "ready_at": "When it was ready (RFC 3339, UTC).",
    "served_at": "When it was served (RFC 3339, UTC).",
    "canceled_at": "When it was taken back (RFC 3339, UTC).",
    "TicketOut.history": "What happened to it, oldest first. In a list it is empty.",
    "TicketMoveOut.event": "What happened.",
}

RECORD: Final = {
    "approval_id": "The approval.",
    "approval": "Somebody else who stands here and allows it: this is neither kept nor hashed.",
    "StandsIn.staff_id": "Who stands here; or send their `email`.",
    "StandsIn.email": "Who stands here, by the e-mail that they sign in with.",
    "StandsIn.pin": "Their PIN; or send their `password`.",
    "StandsIn.password": "Their password.",
    "ApproveIn.pin": "Your PIN; or send your `password`.",
    "ApproveIn.password": "Your password.",
    "ApprovalAnswer.approval": "The approval as it is now.",
    "ApprovalOut.permissions": "What whoever allows it must hold.",
    "ApprovalTold.permissions": "What whoever allows it must hold.",
    "ApprovalOut.amount": "How much it is about: what the order comes to then, in minor units.",
    "ApprovalTold.amount": "How much it is about: what the order comes to then, in minor units.",
    "target": "What it is about.",
    "target_kind": "What sort of thing it is about.",
    "target_id": "What it is about.",
    "ApprovalTargetOut.kind": "What sort of thing.",
    "AuditTargetOut.kind": "What sort of thing.",
    "details": "Exactly what is to be allowed.",
    "requested_by": "Who asked.",
    "requested_at": "When it was asked for (RFC 3339, UTC).",
    "ApprovalOut.expires_at": "Until when it holds (RFC 3339, UTC): ten minutes.",
    "decided_by": "Who allowed or refused it.",
    "decided_at": "When it was allowed or refused (RFC 3339, UTC).",
    "in_place": "Whether who allowed it stood there.",
    "used_at": "When it was used (RFC 3339, UTC).",
    "action": "What was done.",
    "actor_id": "Who did it: a person or a key.",
    "AuditEntryOut.at": "When (RFC 3339, UTC).",
    "AuditEntryOut.actor": "Who it was.",
    "AuditEntryOut.request_id": "The request in which it was done, as the log has it.",
    "AuditEntryOut.approved_by": "Who stood by it, if that was somebody else.",
    "AuditEntryOut.approval_id": "The approval by which they did.",
    "ActorOut.kind": "`person`, `key`, or `system`.",
    "AuditEntryOut.session_id": "The session, or the key, in which it was done.",
    "AuditEntryOut.device": "The device that it was done on, if they signed in on one.",
    "ip": "Where the request came from, as the server saw it.",
    "before": "What of it was otherwise before.",
    "AuditEntryOut.after": "What of it is otherwise since.",
    "AuditEntryOut.sequence": "Its place in the chain; `null` until it is tied.",
    "hash": "SHA-256 of the hash before it and of its text; `null` until it is tied.",
}
