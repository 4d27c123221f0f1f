"""Pre-trained Transformers that a user named: brought into the cache before the first job.

Recipes carry the name there, which tells the content, so that a job's key says what was fine-tuned, and no path of
this machine gets into a record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from triage_bench.core.errors import UnavailableError
from triage_bench.core.job import Recipe
from triage_bench.core.workspace import Workspace
from triage_bench.models import MODELS, PRETRAINED
from triage_bench.models.neural.transformer_source import cached_model

PARAMETER = "pretrain"

Say = Callable[[str], None]


def needs_pretrained(recipe: Recipe) -> bool:
    """Whether the recipe's model stands on a pre-trained one."""
    return not recipe.brought and PRETRAINED in MODELS.entry(recipe.model).tags


def with_pretrained(recipe: Recipe, source: str | None, workspace: Workspace, say: Say) -> Recipe:
    """Return the recipe with its pre-trained model in the cache, called by the name it has there.

    A recipe without one, and one whose model is not to be had, come back as they are: their jobs are skipped, with
    the reason in the record.

    Parameters
    ----------
    recipe
        See `needs_pretrained`.
    source
        What the user named: a folder, or a name on the hub; None means what the recipe says.
    workspace
        Where the cache is.
    say
        Is told why a model is not to be had.

    Raises
    ------
    InputError
        If a folder is named that does not exist, or holds no model.
    """
    named = recipe.params.get(PARAMETER) if source is None else source
    if named is None:
        return recipe
    try:
        name = cached_model(str(named), workspace.cache)
    except UnavailableError as error:
        say(str(error))
        name = str(named)
    return replace(recipe, params={**recipe.params, PARAMETER: name})


def with_every_pretrained(recipes: Sequence[Recipe], workspace: Workspace, say: Say) -> tuple[Recipe, ...]:
    """Return the recipes of a suite, those that name a pre-trained model as `with_pretrained` gives them."""
    return tuple(with_pretrained(one, None, workspace, say) if needs_pretrained(one) else one for one in recipes)
