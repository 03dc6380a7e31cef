"""One commit's view of a transaction: what its steps answered, written down."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings

from chains.errors import NetworkHalted
from kit import jobs, sql
from kit.errors import DomainError
from transactions.engine.base import (
    Ask,
    Done,
    Fail,
    Flow,
    GoBack,
    Later,
    Result,
    StepOf,
    Treatment,
    Work,
    is_failing,
    is_given_up,
)
from transactions.models import RecoveryAttempt, Status, Step, Transaction
from transactions.services import gathering, lifecycle

STEP_FIELDS = [field.attname for field in Step._meta.concrete_fields if not field.primary_key]
ANSWER_WITHIN = timedelta(hours=24)
"""How long a person has to answer, where the step does not say."""

HELD_UP = "held_up_until"
"""What a step remembers of its having been held up by people: until when, as far as it was looked at."""


class Run:
    """A locked transaction with its steps in memory; `save` writes them back."""

    def __init__(
        self,
        flow: Flow,
        transaction: Transaction,
        steps: dict[str, Step],
        *,
        now: datetime,
        actor: str = "system",
        is_claimed: bool = False,
    ) -> None:
        self.flow = flow
        self.transaction = transaction
        self.steps = steps
        self.now = now
        self.actor = actor
        self.is_claimed = is_claimed
        self._changed: set[str] = set()

    # what is to be done
    @property
    def is_failing(self) -> bool:
        return is_failing(self.transaction)

    def states(self) -> dict[str, str]:
        return {name: step.state for name, step in self.steps.items()}

    def work(self, step: StepOf) -> Work:
        return Work(self.transaction, self.steps[step.name], self.steps, self.now, self.actor)

    def is_due(self, step: StepOf) -> bool:
        row = self.steps[step.name]
        return row.wake_at is None or row.wake_at <= self.now or (row.state == "asking" and row.answer is not None)

    def is_still(self, step: StepOf) -> bool:
        """Tell, under the lock, whether the step that was asked for is still the one to do."""
        if is_given_up(self.transaction):
            return False
        if self.is_failing:
            return self.flow.to_undo(self.states()) is step
        return step in self.flow.ready(self.states())

    # doing
    def do(self, step: StepOf, answer: Any, in_hand: list[StepOf], *, but: Collection[str] = ()) -> bool:
        """Do one step and what follows from it, `but` these, in one commit; say whether there may be more to do now."""
        row = self._touch(step.name)
        if row.state == Step.State.WAITING:
            row.state, row.started_at = Step.State.ACTIVE, row.started_at or self.now
        result = step.do(self.work(step), answer)
        self.apply(step, result)
        if isinstance(result, Done):
            self.follow(in_hand, but=but)
        goes_on_now = isinstance(result, GoBack | Later) and result.seconds == 0
        return isinstance(result, Done) or goes_on_now or self.is_failing

    def follow(self, in_hand: list[StepOf] | None = None, *, asking: bool = False, but: Collection[str] = ()) -> None:
        """Do every step that is ready and needs nothing from outside, `but` these; mark the others as under way."""
        tried = set(but)
        while not self.is_failing and not is_given_up(self.transaction):
            ready = [step for step in self.flow.ready(self.states()) if step.name not in tried]
            step = next((step for step in ready if asking or step.ask is None), None)
            if step is None:
                break
            if in_hand is not None:
                in_hand.append(step)
            tried.add(step.name)
            self.do_one(step)
        for step in self.flow.ready(self.states()):
            row = self.steps[step.name]
            if row.state == Step.State.WAITING and not self.is_failing and not is_given_up(self.transaction):
                row = self._touch(step.name)
                row.state, row.started_at = Step.State.ACTIVE, self.now

    def do_one(self, step: StepOf) -> None:
        row = self._touch(step.name)
        if row.state == Step.State.WAITING:
            row.state, row.started_at = Step.State.ACTIVE, row.started_at or self.now
        result = step.do(self.work(step), None)
        self.apply(step, result)

    def apply(self, step: StepOf, result: Result) -> None:
        """Write what a step answered."""
        row = self._touch(step.name)
        if isinstance(result, Done):
            self._done(step, row, result)
        elif isinstance(result, Later):
            self._later(row, result)
        elif isinstance(result, Ask):
            self._ask(row, result)
        elif isinstance(result, GoBack):
            self._go_back(row, result)
        else:
            self.fail(row, result)

    def _done(self, step: StepOf, row: Step, result: Done) -> None:
        row.state = Step.State.SKIPPED if result.skipped else Step.State.DONE
        row.finished_at = self.now
        row.memo = {**row.memo, **result.memo}
        row.tries, row.wake_at, row.error_code, row.error_reason, row.question = 0, None, "", "", ""
        following = self.flow.ready(self.states())
        for name in [each.name for each in following if each.ask is not None]:
            waiting = self._touch(name)
            if waiting.state == Step.State.WAITING:
                waiting.state, waiting.started_at = Step.State.ACTIVE, self.now
        shown = next((each.sub_status for each in following if each.sub_status is not None), None)
        fields = dict(result.fields)
        if shown is not None:
            fields.setdefault("sub_status", shown)
        if step.event:
            lifecycle.tell(self.transaction, step.event, category=step.category, now=self.now, actor=self.actor)
        self._move(result.via if result.via is not None else step.via, fields, live=result.live)

    def _later(self, row: Step, result: Later) -> None:
        row.memo = {**row.memo, **result.memo}
        if result.is_held_up:
            row.memo[HELD_UP] = self.now.isoformat()
        if row.state == Step.State.ASKING:  # nothing is wanted of the person any more
            row.state, row.question, row.deadline_at, row.answer = Step.State.ACTIVE, "", None, None
        row.tries, row.error_code, row.error_reason = 0, "", ""
        pause = self._pause() if result.seconds is None else result.seconds
        self._sleep_until(row, self.now + timedelta(seconds=pause))
        fields = dict(result.fields)
        is_news = result.is_news
        if result.sub_status is not None and result.sub_status != self.transaction.sub_status:
            fields["sub_status"] = result.sub_status
            is_news = True
        self._write(fields)
        if is_news:
            self._show(result.live)

    def _ask(self, row: Step, result: Ask) -> None:
        is_new = row.state != Step.State.ASKING or row.question != result.question[:200] or row.answer is not None
        deadline = result.deadline_at if is_new or row.deadline_at is None else row.deadline_at
        if deadline <= self.now:
            self.fail(row, Fail("no_answer", "It was not answered in time, so it was undone."))
            return
        row.state, row.question, row.deadline_at = Step.State.ASKING, result.question[:200], deadline
        row.memo = {**row.memo, **result.memo}
        row.tries, row.error_code, row.error_reason, row.answer = 0, "", "", None
        own = self.now + timedelta(seconds=result.seconds) if result.seconds else deadline
        self._sleep_until(row, min(own, deadline))
        if is_new or self.transaction.sub_status != result.sub_status:
            self._write({"sub_status": result.sub_status})
            self._show("transaction.updated")

    def _go_back(self, row: Step, result: GoBack) -> None:
        assert result.to in self.flow.steps[row.name].goes_back, f"{row.name} does not say that it goes back"
        woken_at = row.wake_at
        for name in reversed(self.flow.after(result.to)):
            spec, other = self.flow.steps[name], self._touch(name)
            if other.state == Step.State.DONE and spec.undo and other is not row:
                spec.undo(self.work(spec), None)
            other.state = Step.State.WAITING
            other.started_at = other.finished_at = other.wake_at = other.deadline_at = None
            other.tries, other.question, other.answer = 0, "", None
            other.error_code = other.error_reason = ""
            other.memo = {}
        target = self._touch(result.to)
        target.memo = dict(result.memo)
        target.state, target.started_at = Step.State.ACTIVE, self.now
        target.wake_at = woken_at
        pause = self._pause() if result.seconds is None else result.seconds
        self._sleep_until(target, self.now + timedelta(seconds=pause))
        self._remember(row, "temporary", "went_back", result.reason, f"go back to {result.to}")
        self._move(result.via, dict(result.fields))

    # undoing
    def fail(self, row: Step | None, failure: Fail) -> None:
        """Give it up: undo what was done, last first, as far as that needs nothing from outside."""
        if row is not None:
            row = self._touch(row.name)
            row.state, row.finished_at, row.wake_at, row.question = Step.State.FAILED, self.now, None, ""
            row.error_code, row.error_reason = failure.code[:48], failure.reason[:200]
            self._remember(row, "permanent", failure.code, failure.reason, "compensate")
        fields = {
            **failure.fields,
            "failure_code": failure.code[:48],
            "failure_reason": failure.reason[:200],
        }
        if self.transaction.status == Status.INITIATED:
            self._write(fields)
        else:
            self._move([Status.COMPENSATING], fields, live="")
        self.undo_rest()

    def undo(self, step: StepOf, answer: Any) -> bool:
        """Undo one step with what was asked outside for it, and go on; say whether there is more to undo."""
        self._undo_one(step, answer)
        self.undo_rest()
        return self.is_failing

    def undo_rest(self) -> None:
        while undoable := self.flow.to_undo(self.states()):
            if undoable.undo_ask is not None:
                return
            self._undo_one(undoable, None)
        if self.transaction.status in (Status.FAILED, Status.COMPLETED):
            return
        for step in self.steps.values():
            if step.state in (Step.State.WAITING, Step.State.ACTIVE, Step.State.ASKING):
                self._touch(step.name).state = Step.State.SKIPPED
        kept = self.flow.has_reached_milestone(self.states())
        fields: dict[str, Any] = {} if kept else {"next_look_at": None, "leased_until": None}
        self._move([Status.COMPLETED if kept else Status.FAILED], fields)

    def _undo_one(self, step: StepOf, answer: Any) -> None:
        row = self._touch(step.name)
        if step.undo:
            step.undo(self.work(step), answer)
        row.state, row.tries, row.wake_at = Step.State.UNDONE, 0, None

    # errors
    def meet(self, step: StepOf, error: DomainError, treatment: Treatment) -> None:
        """Write down an error that has a treatment, and treat it."""
        row = self._touch(step.name)
        if row.state == Step.State.WAITING:
            row.state, row.started_at = Step.State.ACTIVE, self.now
        undoing = self.is_failing
        since = row.started_at or self.now
        if isinstance(error, NetworkHalted):  # by people, and what is undone may have been sent before a restore
            row.memo[HELD_UP] = self.now.isoformat()
        if HELD_UP in row.memo:
            since = datetime.fromisoformat(row.memo[HELD_UP])
        row.tries += 1
        is_over = step.retry.is_over(tries=row.tries, since=since, now=self.now)
        if treatment == Treatment.PERSON and not undoing:
            self._remember(row, treatment, error.code, error.what_happened, "ask the person")
            self._ask(row, Ask(error.what_to_do or error.title, self.now + ANSWER_WITHIN))
        elif not undoing and (treatment == Treatment.PERMANENT or is_over):
            late = f"It could not be done in time: {error.title[:1].lower()}{error.title[1:]}."
            self.fail(row, Fail(error.code, error.what_happened if treatment == Treatment.PERMANENT else late))
        else:
            seconds = step.retry.pause_seconds(tries=row.tries, jitter=self._jitter(row))
            self._sleep_until(row, self.now + timedelta(seconds=seconds))
            self._remember(row, Treatment.TEMPORARY, error.code, error.what_happened, f"retry in {seconds:.0f} s")
            row.error_code, row.error_reason = error.code[:48], error.what_happened[:200]
            self._show_waiting(step, error)

    def _sleep_until(self, row: Step, wake_at: datetime) -> None:
        """Look again then, or at once if somebody has woken it since it was asked for: there is news then."""
        if row.wake_at is not None and self.now < row.wake_at < wake_at:
            wake_at = row.wake_at
            jobs.enqueue("transactions.advance", transaction_id=self.transaction.pk)
        row.wake_at = wake_at

    def _show_waiting(self, step: StepOf, error: DomainError) -> None:
        for kind, sub_status in step.waits_for.items():
            if isinstance(error, kind) and self.transaction.sub_status != sub_status:
                self._write({"sub_status": sub_status})
                self._show("transaction.updated")

    def _remember(self, row: Step, treatment: str, code: str, reason: str, decided: str) -> None:
        """Keep what was met and decided: the first ten in a row, then every hundredth."""
        if row.tries > 10 and row.tries % 100 and row.error_code == code[:48]:
            return
        RecoveryAttempt.objects.create(
            transaction=self.transaction,
            step=row.name,
            number=row.tries,
            treatment=str(treatment),
            code=code[:48],
            reason=reason[:200],
            decided=decided[:64],
            at=self.now,
        )

    def _jitter(self, row: Step) -> float:
        """Return a number in [0, 1) that is another for each try, and the same whenever it is asked for."""
        digest = sha256(f"{self.transaction.pk}:{row.name}:{row.tries}".encode()).digest()
        return int.from_bytes(digest[:4]) / 2**32

    # writing
    def _touch(self, name: str) -> Step:
        self._changed.add(name)
        return self.steps[name]

    def _write(self, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self.transaction, name, value)
        if fields:
            self.transaction.updated_at = self.now
            self._save_fields([*fields, "updated_at"])

    def _move(self, statuses: Sequence[Status], fields: dict[str, Any], *, live: str = "transaction.updated") -> None:
        """Go through these statuses with the fields; one taken back by the network goes on to completed only."""
        if self.transaction.status == Status.COMPENSATING and not self.transaction.failure_code:
            statuses = [status for status in statuses if status == Status.COMPLETED]
        statuses = list(statuses)
        if not statuses:
            self._write(fields)
            if fields and live:
                self._show(live)
            return
        lifecycle.walk(
            self.transaction,
            statuses,
            now=self.now,
            actor=self.actor,
            live=live,
            steps=list(self.steps.values()),
            **fields,
        )

    def _show(self, live: str) -> None:
        lifecycle.show(self.transaction, now=self.now, live=live, steps=list(self.steps.values()))

    def _pause(self) -> float:
        """Return the network's usual pause: a fifth of its block time, at least a second."""
        return float(max(1, settings.NETWORKS[self.transaction.network_id].block_seconds / 5))

    def save(self) -> None:
        """Write the steps back, and when to look again."""
        if any(step.pk is None for step in self.steps.values()):
            self.transaction.begun = list(self.steps.values())
            gathered = gathering.current()
            if gathered is None:
                sql.insert(self.transaction.begun)
            else:
                gathered.steps += self.transaction.begun
        else:
            for name in sorted(self._changed, key=lambda name: self.steps[name].position):
                sql.update(self.steps[name], STEP_FIELDS)
        self._changed.clear()
        self._schedule()

    def _save_fields(self, names: list[str]) -> None:
        if not gathering.holds(self.transaction):  # else they are written with the rest of it
            sql.update(self.transaction, names)

    def _schedule(self) -> None:
        if self.flow.is_driven or self.transaction.status == Status.FAILED:
            return
        ready: list[StepOf] = []
        if is_given_up(self.transaction):
            pass
        elif self.is_failing:
            step = self.flow.to_undo(self.states())
            ready = [step] if step else []
        else:
            ready = self.flow.ready(self.states())
        looks = [self.steps[step.name].wake_at or self.now for step in ready]
        look = min(looks, default=None)
        if self.is_claimed and look is not None and look <= self.now:
            return  # whoever holds the lease goes on at once
        if look != self.transaction.next_look_at or self.transaction.leased_until is not None:
            self.transaction.next_look_at, self.transaction.leased_until = look, None
            self._save_fields(["next_look_at", "leased_until"])
        if look is not None and look <= self.now:
            jobs.enqueue("transactions.advance", transaction_id=self.transaction.pk)
