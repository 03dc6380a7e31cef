"""The shapes that go in and out. No decisions are made here."""

from typing import Any

from rest_framework import serializers

from rates.queries import Freshness
from transactions.queries.outlook import TONES
from wallets.queries import BalanceType


class AmountField(serializers.CharField):
    """A decimal string in the asset's unit; how many decimals it may have, the asset says."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=160, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError('Write the amount as a string, such as "0.015".')
        return super().to_internal_value(data)


class NewTransaction(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["send", "transfer"])
    wallet_id = serializers.CharField(max_length=32)
    asset = serializers.CharField(max_length=16)
    amount = AmountField()
    to = serializers.CharField(max_length=254)
    memo = serializers.CharField(max_length=140, required=False, default="", allow_blank=True)
    priority = serializers.ChoiceField(choices=["slow", "normal", "fast"], required=False, default="normal")
    max_fee = AmountField(
        required=False,
        help_text="Of a send: the highest network fee agreed to, in the asset fees are paid in; "
        "if more would have to be held, it is refused as fee_above_ceiling. A transfer is free.",
    )


class AnswerIn(serializers.Serializer[Any]):
    answer = serializers.ChoiceField(choices=["more_time"])


class RefundIn(serializers.Serializer[Any]):
    amount = AmountField(required=False, default="", allow_blank=True, help_text="Empty: all that is left of it.")


class ReplacementIn(serializers.Serializer[Any]):
    max_fee = AmountField(required=False, help_text="What you agree to; left out: whatever it is now.")


class NewPurchase(serializers.Serializer[Any]):
    wallet_id = serializers.CharField(max_length=32)
    asset = serializers.CharField(max_length=16)
    currency = serializers.CharField(max_length=3, help_text="What is paid in: USD, EUR or GBP.")
    amount = AmountField(help_text="What is paid in all, fees included.")
    country = serializers.RegexField(
        r"^[A-Za-z]{2}$", required=False, default="", help_text="ISO 3166-1 alpha-2: who may serve it depends on it."
    )
    preference = serializers.CharField(
        max_length=32, required=False, default="", allow_blank=True, help_text="cost, speed, reliability or a provider."
    )


class RampOfferOut(serializers.Serializer[Any]):
    provider = serializers.CharField()
    amount = serializers.CharField(help_text="What arrives, in the asset's unit.")
    fee = serializers.CharField(help_text="All of its fees, in the currency that is paid in.")
    seconds = serializers.IntegerField()
    is_chosen = serializers.BooleanField()


class RampOffersOut(serializers.Serializer[Any]):
    asset = serializers.CharField()
    currency = serializers.CharField()
    amount = serializers.CharField()
    because = serializers.CharField()
    offers = RampOfferOut(many=True)


class PaymentLinkOut(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="The partner's own page: open it at once, it may work only once.")


class PaymentOut(serializers.Serializer[Any]):
    currency = serializers.CharField()
    amount = serializers.CharField()
    provider = serializers.CharField(allow_blank=True)
    can_pay = serializers.BooleanField(help_text="Ask POST on-ramp/{id}/payment-link where to pay.")
    question = serializers.CharField(allow_blank=True)
    deadline = serializers.DateTimeField(allow_null=True)


class TransactionFee(serializers.Serializer[Any]):
    asset = serializers.CharField()
    amount = serializers.CharField(allow_null=True)
    max = serializers.CharField()


class NetworkState(serializers.Serializer[Any]):
    code = serializers.CharField()
    txid = serializers.CharField(allow_blank=True)
    confirmations = serializers.IntegerField()
    required = serializers.IntegerField()  # type: ignore[assignment]  # a field by that name
    explorer_url = serializers.CharField(allow_blank=True)


class StepOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class Failure(serializers.Serializer[Any]):
    code = serializers.CharField()
    reason = serializers.CharField()


class TransactionOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.CharField()
    direction = serializers.ChoiceField(choices=["in", "out"])
    status = serializers.CharField()
    sub_status = serializers.CharField(allow_blank=True)
    progress = serializers.IntegerField(min_value=0, max_value=100)
    message = serializers.CharField()
    tone = serializers.ChoiceField(choices=TONES, help_text="What kind of message it is.")
    next_step = serializers.CharField(allow_blank=True, help_text="What comes next, and what the person can do.")
    estimate_seconds = serializers.IntegerField(
        allow_null=True, help_text="The usual time until it is done; null: not known, or over."
    )
    asset = serializers.CharField()
    amount = serializers.CharField()
    wallet_id = serializers.CharField(allow_null=True)
    to = serializers.CharField(allow_blank=True)
    memo = serializers.CharField(allow_blank=True)
    priority = serializers.CharField()
    fee = TransactionFee(allow_null=True)
    network = NetworkState(allow_null=True)
    steps = StepOut(many=True)
    can_cancel = serializers.BooleanField()
    can_replace = serializers.BooleanField(help_text="It waits on a network that lets it be sped up or called off.")
    failure = Failure(allow_null=True)
    payment = PaymentOut(allow_null=True, help_text="Of an on-ramp: what is paid, where, and until when.")
    parent_id = serializers.CharField(allow_null=True, help_text="Of a refund: the transfer that it gives back.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class Policy(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=["allow"])
    reasons = serializers.ListField(child=serializers.CharField())


class FeeValue(serializers.Serializer[Any]):
    """What the fee is worth; without a fresh price amount and max are null."""

    currency = serializers.CharField()
    amount = serializers.CharField(allow_null=True)
    max = serializers.CharField(allow_null=True)
    freshness = serializers.ChoiceField(choices=[each.value for each in Freshness])
    price_at = serializers.DateTimeField(allow_null=True)


class WarningOut(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=["address_lookalike", "address_new", "memo_advised"])
    title = serializers.CharField()
    text = serializers.CharField()


class PreviewOut(serializers.Serializer[Any]):
    type = serializers.CharField()
    asset = serializers.CharField()
    amount = serializers.CharField()
    to = serializers.CharField()
    fee = TransactionFee()
    fee_value = FeeValue()
    total = serializers.CharField()
    total_asset = serializers.CharField()
    arrives_in_seconds = serializers.IntegerField()
    is_new_address = serializers.BooleanField()
    warnings = WarningOut(many=True, help_text="To be shown before they confirm; nothing is refused for it.")
    balance_after = serializers.CharField()
    policy = Policy()


class ReplacementFee(serializers.Serializer[Any]):
    asset = serializers.CharField()
    max = serializers.CharField(help_text="What it would cost at most.")
    max_before = serializers.CharField(help_text="What is held for the fee now.")


class ReplacementOut(serializers.Serializer[Any]):
    cancels = serializers.BooleanField()
    fee = ReplacementFee()


class BalanceOut(serializers.Serializer[Any]):
    wallet_id = serializers.CharField()
    asset = serializers.CharField()
    available = serializers.CharField()
    held = serializers.CharField()
    pending = serializers.CharField()
    marked = serializers.CharField(help_text="The part of available that is softly reserved: shown, not spendable.")


class WalletBalanceOut(serializers.Serializer[Any]):
    wallet_id = serializers.CharField()
    balances = BalanceOut(many=True)


class HoldingOut(BalanceOut):
    price = serializers.CharField(allow_null=True)
    price_at = serializers.DateTimeField(allow_null=True)
    freshness = serializers.ChoiceField(
        choices=[each.value for each in Freshness],
        help_text="Of the price. Without a fresh one price, price_at and value are null.",
    )
    last_price = serializers.CharField(
        allow_null=True, help_text="The last one known, also where it is stale: never calculate with it."
    )
    last_price_at = serializers.DateTimeField(allow_null=True)
    value = serializers.CharField(allow_null=True)


class TypedAssetOut(serializers.Serializer[Any]):
    asset = serializers.CharField()
    available = serializers.CharField()
    held = serializers.CharField()
    marked = serializers.CharField()


class TypedBalanceOut(serializers.Serializer[Any]):
    type = serializers.ChoiceField(
        choices=[str(each) for each in BalanceType],
        help_text="available: money to pay with. invested: other crypto assets. strategy: deployed positions.",
    )
    value = serializers.CharField(allow_null=True, help_text="What all of it is worth; null while a price is missing.")
    held_value = serializers.CharField(allow_null=True, help_text="What is held of it is worth.")
    assets = TypedAssetOut(many=True)


class PortfolioOut(serializers.Serializer[Any]):
    currency = serializers.CharField()
    total = serializers.CharField(allow_null=True)
    missing_prices = serializers.ListField(child=serializers.CharField())
    holdings = HoldingOut(many=True)
    balances = TypedBalanceOut(many=True)


class FundIn(serializers.Serializer[Any]):
    wallet_id = serializers.CharField(max_length=32)
    amount = AmountField()
    asset = serializers.CharField(max_length=16, required=False, default="")


class FundOut(serializers.Serializer[Any]):
    txid = serializers.CharField()


class MineIn(serializers.Serializer[Any]):
    network = serializers.CharField(max_length=16)
    blocks = serializers.IntegerField(min_value=1, max_value=200)


class MineOut(serializers.Serializer[Any]):
    height = serializers.IntegerField()
