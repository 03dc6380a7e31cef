"""
The flows as their own code tells them: Mermaid and tables for docs/flows.md. Nothing here is written by hand.

Every line is worked out from transactions.registry.FLOWS, the steps' own declarations and STATUS_FLOW, so the
document cannot say what the code does not do.
"""

from collections.abc import Iterable, Sequence

from transactions.engine.base import Flow, Retry, StepOf
from transactions.models import STATUS_FLOW, Status, Transaction
from transactions.registry import FLOWS, flow_of
from transactions.services.interventions import CARRIED_OUT, COMMANDS, REFUSED
from transactions.services.lifecycle import NAMES

HEAD = """# Flows

Drawn from the code by `python manage.py draw_flows`; a test fails where this page and the code differ.

Every movement of money is one transaction that walks one table of states. A flow is the ordered steps of one
type of transaction. A step may ask outside first, with no database transaction open, and then acts in one commit.
What fails for a while is tried again with growing pauses; what fails for good is undone, last step first, down to
the last milestone. Solid arrows are the way forward, dotted ones what happens when something goes wrong.
"""


def draw() -> str:
    """Return the whole document."""
    parts = [HEAD, _states()]
    parts += [_flow(flow_of(name)) for name in sorted(FLOWS)]
    parts.append(_interventions())
    return "\n".join(parts)


def first_status(flow: Flow) -> Status:
    """Return the status that a transaction of this flow begins in: what a block shows is on its way already."""
    return Status.BLOCKCHAIN_PENDING if flow.type == Transaction.Type.DEPOSIT else Status.INITIATED


def _states() -> str:
    lines = ["## States", "", "```mermaid", "stateDiagram-v2", f"    [*] --> {Status.INITIATED}"]
    lines.append(f"    [*] --> {Status.BLOCKCHAIN_PENDING}: a deposit")
    for source, targets in STATUS_FLOW.moves.items():
        lines += [f"    {source} --> {target}" for target in Status.values if target in targets]
        if not targets:
            lines.append(f"    {source} --> [*]")
    lines += ["```", "", "Coming to a state is recorded as a domain event:", ""]
    rows = [[f"`{status}`", f"`{NAMES[status]}`"] for status in Status]
    return "\n".join([*lines, *_table(["State", "Event"], rows), ""])


def _flow(flow: Flow) -> str:
    title = Transaction.Type(flow.type).label
    words = [f"## {title}", "", flow.says, ""]
    if flow.is_driven:
        words += ["Moved by what blocks show, not by the clock.", ""]
    if flow.command:
        words += [f"It begins with the command `{flow.command}`, then `{NAMES[first_status(flow)]}`.", ""]
    else:
        words += [f"It begins with `{NAMES[first_status(flow)]}`.", ""]
    chart = ["```mermaid", "flowchart TD", *(f"    {line}" for line in _chart(flow)), "```", ""]
    steps = _table(
        ["Step", "Kind", "What it does", "Asks outside", "Undone by", "Tried again", "Errors"],
        [_row(step) for step in flow.steps.values()],
    )
    facts = _table(["Step", "Recorded when it is done"], [[f"`{s.name}`", _facts(s)] for s in flow.steps.values()])
    return "\n".join([*words, *chart, *steps, "", *facts, ""])


def _chart(flow: Flow) -> Iterable[str]:
    yield f'begin(["{first_status(flow)}"])'
    for step in flow.steps.values():
        mark = "<br/><b>milestone: nothing is undone after it</b>" if step.milestone else ""
        yield f'{step.name}["<b>{step.name}</b> ({step.kind})<br/>{_words(step.says)}{mark}"]'
    for step in flow.steps.values():
        for need in flow.needs[step.name] or ("begin",):
            yield f"{need} -->{_label(flow, need)} {step.name}"
    last = [name for name in flow.steps if not any(name in needs for needs in flow.needs.values())]
    for name in last:
        yield f"{name} -->{_label(flow, name)} done([done])"
    undone = [step for step in flow.steps.values() if step.undo or step.undo_ask]
    if undone:
        yield "failed([failed])"
    for later, earlier in zip([None, *reversed(undone)], reversed(undone), strict=False):
        source = "compensating([compensating])" if later is None else f"undo_{later.name}"
        yield f'{source} -.-> undo_{earlier.name}["undo {earlier.name}{_asks_to_undo(earlier)}"]'
    if undone:
        yield f"undo_{undone[0].name} -.-> failed"
    for step in flow.steps.values():
        for target, statuses in step.goes_back.items():
            yield f'{step.name} -. "{", ".join(statuses)}" .-> {target}'


def _label(flow: Flow, name: str) -> str:
    step = flow.steps.get(name)
    return f'|"{", ".join(step.via)}"|' if step and step.via else ""


def _asks_to_undo(step: StepOf) -> str:
    return ", asked outside until it is true" if step.undo_ask else ""


def _row(step: StepOf) -> Sequence[str]:
    undo = "–"
    if step.undo_ask:
        undo = "asks outside until it is true"
    elif step.undo:
        undo = "its own undoing, in the same commit"
    name = f"`{step.name}`{' (milestone)' if step.milestone else ''}"
    asks = "yes" if step.ask else "–"
    return [name, step.kind, step.says, asks, undo, _retry(step.retry) if step.ask else "–", _errors(step)]


def _retry(retry: Retry) -> str:
    pauses = f"after {retry.first_seconds:g} s, doubling up to {retry.most_seconds:g} s"
    ends = []
    if retry.limit is not None:
        ends.append(f"{retry.limit} tries")
    if retry.patience is not None:
        ends.append(f"{retry.patience.total_seconds() / 3600:g} hours")
    return f"{pauses}; given up after {' or '.join(ends)}" if ends else f"{pauses}; never given up"


def _errors(step: StepOf) -> str:
    return ", ".join(f"{error.__name__}: {treatment}" for error, treatment in step.errors.items()) or "the engine's own"


def _facts(step: StepOf) -> str:
    named = [f"{step.category} `{step.event}`"] if step.event else []
    return ", ".join([*named, *(f"domain `{NAMES[status]}`" for status in step.via)]) or "–"


def _interventions() -> str:
    rows = [[kind.value, f"command `{name}`", "two" if kind == "force" else "one"] for kind, name in COMMANDS.items()]
    return "\n".join(
        [
            "## A person's hand",
            "",
            "What operators may do to a transaction that is stuck. Force never beats proof: nobody vouches for what is",
            "signed and undecided. It ends as domain event",
            f"`{CARRIED_OUT}` or `{REFUSED}`.",
            "",
            *_table(["Intervention", "Recorded as", "People it takes"], rows),
            "",
            "What people may do to a step that has begun:",
            "",
            *_table(["Flow", "Step", "May be said or done"], [*_by_hand()]),
            "",
        ]
    )


def _by_hand() -> Iterable[Sequence[str]]:
    for name in sorted(FLOWS):
        for step in flow_of(name).steps.values():
            words = [
                *(["undone at one person's word, where it says so"] if step.may_stop else []),
                *(["two people: it never will happen, where it says so"] if step.may_force else []),
                *(["two people: it did happen"] if step.vouched else []),
                *(["two people: outside it is undone"] if step.may_vouch_undone else []),
            ]
            if words:
                yield [name, f"`{step.name}`", "; ".join(words)]


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    return [*lines, *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)]


def _words(text: str) -> str:
    """Return text as Mermaid takes it inside quotes."""
    return text.replace('"', "'").replace(";", ",")
