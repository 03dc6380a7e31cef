"""A straightforward ledger on Django's ORM, as a yardstick only: rows locked one by one, rules kept in Python."""

from django.db import models


class PlainAccount(models.Model):
    balance = models.DecimalField(max_digits=78, decimal_places=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(balance__gte=0), name="plain_not_overdrawn")]


class PlainPosting(models.Model):
    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=48)
    posted_at = models.DateTimeField()


class PlainEntry(models.Model):
    posting = models.ForeignKey(PlainPosting, on_delete=models.PROTECT)
    account = models.ForeignKey(PlainAccount, on_delete=models.PROTECT)
    amount = models.DecimalField(max_digits=78, decimal_places=0)
    balance_after = models.DecimalField(max_digits=78, decimal_places=0)
