"""The story for a person at a terminal, and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shelflife.cli import version
from shelflife.cli.demo.acts import Act, Story
from shelflife.cli.demo.traffic import Phase


def as_json(story: Story) -> dict[str, Any]:
    """Give all figures as plain values."""
    return {
        "live": story.recorded is None,
        "recorded": story.recorded,
        "server": story.server,
        "shelflife": version(),
        "releases": {
            name: {"python": runtime.python, "packages": runtime.packages}
            for name, runtime in story.runtimes.items()
        },
        "acts": [_act_as_json(act) for act in story.acts],
        "diff": story.diff,
        "services": story.services,
        "seconds": round(story.seconds, 3),
        "left_running": story.left_running,
        "unknown_bytes": story.unknown_bytes,
        "exit_code": story.exit_code,
    }


def show(story: Story, console: Console) -> None:
    """Print the story."""
    _show_what_ran(story, console)
    _show_incident(story, console)
    _show_with_shelflife(story, console)
    _show_end(story, console)


def _act_as_json(act: Act) -> dict[str, Any]:
    return {
        "new_release": act.new,
        "requests": act.requests,
        "failed": act.failed,
        "phases": [
            {**vars(phase), "exceptions": dict(phase.exceptions), "reasons": dict(phase.reasons)}
            for phase in act.phases
        ],
    }


def _show_what_ran(story: Story, console: Console) -> None:
    old, port = story.runtimes["old"], story.runtimes["port"]
    console.print(
        f"[bold]A Flask API moves from Python {old.python} to {port.python}, and is rolled back.[/]"
    )
    if story.recorded is None:
        console.print(
            f"It all ran just now: {story.server}, private, on 127.0.0.1, and three releases:"
        )
    else:
        console.print(
            f"[yellow]Act 1 is a recording of {story.recorded['date']}, not live:[/] "
            f"{story.recorded['why']}."
        )
        console.print(f"Act 2 ran just now on its real bytes: {story.server}, private. Releases:")
    for name, runtime in story.runtimes.items():
        packages = ", ".join(f"{package} {at}" for package, at in runtime.packages.items())
        what = {"old": "old", "port": "its port", "shelflife": "on shelflife"}[name]
        own = f", shelflife {version()}" if name == "shelflife" else ""
        console.print(f"  {what:<13} Python {runtime.python:<8} {packages}{own}")


def _show_incident(story: Story, console: Console) -> None:
    act = story.acts[0]
    console.print(
        "\n[bold]Act 1, the incident of 2019:[/] the port has the same code and the same cache "
        "client."
    )
    table = _table("HTTP 500", "exceptions")
    for phase in act.phases:
        table.add_row(*_figures(phase, phase.errors), _counted(_by_class(phase.exceptions)))
    console.print(table)
    shown: set[str] = set()
    for phase in act.phases:
        for text, _ in phase.exceptions.most_common():
            name = text.partition(":")[0]
            if name not in shown:
                console.print(Text(f"  {text}", style="red"), overflow="ellipsis", no_wrap=True)
            shown.add(name)


def _show_with_shelflife(story: Story, console: Console) -> None:
    act = story.acts[1]
    how = "as reads without HTTP, with " if story.recorded else ""
    console.print(f"\n[bold]Act 2, the same traffic:[/] {how}one line of the new release changed.")
    for line in story.diff:
        if not line.startswith(("---", "+++")):
            console.print(Text(f"  {line}", style="green" if line[0] == "+" else "red"))
    live = story.recorded is None
    table = _table("HTTP 500" if live else "wrong", "misses on shelflife by reason")
    for phase in act.phases:
        told = [_counted(phase.reasons)] if phase.reasons else []
        told += [_counted(_by_class(phase.exceptions))] if phase.exceptions else []
        told += [f"{phase.wrong} wrong answers"] if phase.wrong and live else []
        table.add_row(*_figures(phase, phase.errors if live else phase.wrong), ", ".join(told))
    console.print(table)


def _show_end(story: Story, console: Console) -> None:
    first, second = story.acts
    console.print(
        f"[bold]Of {first.requests} requests, {first.failed} failed in act 1 "
        f"and {second.failed} in act 2.[/]"
    )
    if story.unknown_bytes:
        console.print(
            f"[yellow]{story.unknown_bytes} entries differ from the recorded ones: whether the old "
            "release reads them is not known.[/]"
        )
    left = f"still running: {story.left_running}" if story.left_running else "none is left running"
    services = f" and {story.services} services" if story.services else ""
    console.print(f"Took {story.seconds:.1f} s. Started 1 server{services}; {left}.")
    console.print(
        "Next: change that line in your service; its first deploy can be rolled back, as above."
    )


def _table(errors: str, last: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("  phase", no_wrap=True)
    table.add_column("Python", no_wrap=True, min_width=len("2.7 + 3.11"))
    for name in ("requests", errors, "hits", "misses"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(last, overflow="fold")
    return table


def _figures(phase: Phase, bad: int) -> list[str]:
    errors = f"[bold red]{bad}[/]" if bad else "[green]0[/]"
    return [
        f"  {phase.name}",
        phase.python,
        str(phase.requests),
        errors,
        str(phase.hits),
        str(phase.misses),
    ]


def _by_class(exceptions: Counter[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for text, count in exceptions.items():
        counted[text.partition(":")[0]] += count
    return counted


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))
