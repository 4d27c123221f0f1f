"""Commands that are loaded when they are called, and parameters that are read without pydantic.

Typer builds every command to print one, and a pydantic adapter for every parameter of the command that
runs, even for one that was not given. Both together cost ten bare interpreters; names, help and
completion must not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_command


@dataclass(frozen=True)
class Target:
    """A command that is not loaded yet.

    Attributes
    ----------
    place
        ``module:name`` of its function, or of a `typer.Typer` with commands of its own.
    summary
        What the list of commands says of it: the first sentence of its own help.
    """

    place: str
    summary: str


class LazyGroup(TyperGroup):
    """A group whose commands are named in a table, in the table's order."""

    targets: ClassVar[Mapping[str, Target]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._loaded: dict[str, Any] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(self.targets)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one command, loaded, or None where there is none of that name."""
        if cmd_name not in self.targets:
            return None
        if cmd_name not in self._loaded:
            self._loaded[cmd_name] = _loaded(cmd_name, self.targets[cmd_name])
        return self._loaded[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is named; one that is not there is answered with the nearest that is."""
        from typer._click.exceptions import UsageError

        try:
            return super().resolve_command(ctx, args)
        except UsageError as error:
            near = get_close_matches(args[0], self.targets, n=1)
            if near:
                error.message = f"{error.message.rstrip('.')}. Did you mean {near[0]!r}?"
            raise

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the table of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, target.summary) for name, target in self.targets.items()])

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete the name of a command without loading any, and this group's own options."""
        from typer._click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super(TyperGroup, self).shell_complete(ctx, incomplete)
        return [CompletionItem(name) for name in self.targets if name.startswith(incomplete)]

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the group's own options, made light."""
        return _light(super().get_params(ctx))


def _loaded(name: str, target: Target) -> Any:
    module, _, attribute = target.place.partition(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(name)(found)
        found = alone
    command = get_command(found)
    command.name = name
    lighten(command)
    return command


def lighten(command: Any) -> None:
    """Let the parameters of a command, and of those inside it, be read without pydantic where that can be."""
    all_of = command.get_params
    command.get_params = lambda ctx: _light(all_of(ctx))  # the help option is made here, not before
    for inner in getattr(command, "commands", {}).values():
        lighten(inner)


def _light(params: list[Any]) -> list[Any]:
    for param in params:
        if getattr(param, "_runtime_param", param) is None:
            param._runtime_param = _Plain()
    return params


class _Plain:
    """Reads what needs no conversion; hands everything else to Typer's own reader."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        kind = param.type_descriptor.annotation
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if kind in (str, int, float) and type(value) is kind:
            return value
        if kind is Path and isinstance(value, str | Path):
            return Path(value)
        if kind == list[str] and isinstance(value, list | tuple):
            return [str(one) for one in value]
        param._runtime_param = None
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)
