"""What reconciliation refuses to do, and why."""

from typing import ClassVar

from kit.errors import DomainError, Severity


class Inconclusive(DomainError):
    """What was read does not allow a judgement; a run that ends so opens no case and says why."""

    code = "reconciliation_inconclusive"
    status = 503
    title = "Nothing can be said for certain"
    why = "What was read is incomplete, or does not fit together."
    what_to_do = "The next run tries again. If it goes on, look at the nodes and companies named."
    severity: ClassVar[Severity] = "medium"
    retry_after_seconds = 60


class Unfinished(Inconclusive):
    """There was more to read than the time of one run; the next one goes on from there."""

    code = "reconciliation_unfinished"
    title = "There is more to read"
    why = "The time of one run is over."
    what_to_do = "Nothing: the next run goes on."
    severity: ClassVar[Severity] = "low"


class CaseDecided(DomainError):
    """The case is corrected or closed; nothing more is done about it."""

    code = "case_decided"
    status = 409
    title = "This case is over"
    why = "It has been corrected, or it was closed."
    what_to_do = "If the difference comes again, a new case opens by itself."


class NotCorrectable(DomainError):
    """No posting of ours could set this right."""

    code = "not_correctable"
    status = 409
    title = "This cannot be set right by a posting"
    why = "The difference is not one of coins that we hold, or there is none any more."
    what_to_do = "Write down what explains it, and close it when it is gone."


class DifferenceChanged(DomainError):
    """What was asked to be corrected is not what is found now."""

    code = "difference_changed"
    status = 409
    title = "The difference is another one now"
    why = "It has changed since the correction was asked for."
    what_to_do = "Look at the case again and ask for a correction of what it shows now."


class CorrectionWaiting(DomainError):
    """One correction of the case waits for a second person already."""

    code = "correction_waiting"
    status = 409
    title = "A correction of this case waits for a second person already"
    why = "One at a time is decided upon."
    what_to_do = "Have it approved or refused first."


class CorrectionDecided(DomainError):
    """Somebody has decided on it already."""

    code = "correction_decided"
    status = 409
    title = "This was decided already"
    why = "It was carried out or refused."
    what_to_do = "Look at the case."


class SecondPersonNeeded(DomainError):
    """Who asks for a correction cannot approve it."""

    code = "second_person_needed"
    status = 403
    title = "A second person has to approve this"
    why = "You asked for it yourself."
    what_to_do = "Ask a colleague to look at it."
