"""By which names payments are known: the provider's, our own mark on them, a voucher's number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fynlo.kernel.ids import TenderId, TransactionId

if TYPE_CHECKING:
    from fynlo.kernel.ids import OperationId
    from fynlo.payments.model.transaction import Tender
    from fynlo.platform.database import Tx


async def find_tender(
    tx: Tx, provider: str, reference: str, operation_id: OperationId | None
) -> tuple[TransactionId, TenderId] | None:
    """Find, without a lock, whose payment at the provider this is: by its name, or by our mark.

    A mark of ours counts only where no other payment is known for the tender.
    """
    row = await tx.fetchrow(
        """
        select p.transaction_id, p.id from tenders p
        where p.merchant_id = $1 and p.provider = $2 and p.provider_reference = $3
        union all
        select p.transaction_id, p.id from operations o
        join tenders p on p.merchant_id = o.merchant_id and p.id = o.tender_id
        where o.merchant_id = $1 and o.id = $4 and p.provider = $2
          and p.provider_reference is null
        limit 1
        """,
        *(tx.merchant_id, provider, reference, operation_id),
    )
    return None if row is None else (TransactionId(row["transaction_id"]), TenderId(row["id"]))


async def reference_is_used(tx: Tx, tender: Tender) -> bool:
    """Whether a reference stands or waits in another tender, taken under whichever rule."""
    return bool(
        await tx.fetchval(
            """
            select exists (
              select from tenders
              where merchant_id = $1 and method = $2 and reference = $3
                and state not in ('declined', 'voided')
            )
            """,
            *(tx.merchant_id, tender.method, tender.reference),
        )
    )


async def is_known_payment(tx: Tx, reference: str, *, but: TenderId | None = None) -> bool:
    """Whether a provider's reference names a tender of this merchant, other than that one."""
    return bool(
        await tx.fetchval(
            """
            select exists (
              select from tenders
              where merchant_id = $1 and provider_reference = $2 and id is distinct from $3
            )
            """,
            *(tx.merchant_id, reference, but),
        )
    )
