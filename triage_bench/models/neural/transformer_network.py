"""A pre-trained Transformer under one pooling and one output layer, read by the loop that all networks share."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from triage_bench.core.errors import InputError, ModelFileError
from triage_bench.models.neural.masks import inside
from triage_bench.models.neural.network import OUTPUT_SPREAD
from triage_bench.models.neural.transformer_source import (
    configuration,
    kept_needs_transformers,
    needs_transformers,
    without_code,
)

POOLINGS = ("mean", "first")
"""The mean of all states, or the first token's: what ELECTRA says there was never trained for a whole text."""

LORA_SCALE, LORA_DROPOUT = 2, 0.05
"""The sum of a layer's low-rank product is multiplied by this; Hu et al. 2022 keep it between 1 and 2."""

DEEPEST = 128
"""Layers a kept model may claim: the largest published encoders have 48."""

_LAYER = re.compile(r"\.(?:layers?|h|blocks?)\.(\d+)\.")


class TransformerNetwork(nn.Module):
    """Subword numbers → outputs, one per class (or as the loss wants them).

    Parameters
    ----------
    encoder
        A model of the library transformers, with a state per token as ``last_hidden_state``.
    first_bias : Tensor, shape (outputs,)
        Bias of the output layer at the start.
    padding
        The number that the encoder takes for padding.
    pooling
        One of `POOLINGS`.
    dropout
        Share of the pooled state that is silenced.
    """

    def __init__(self, encoder: nn.Module, first_bias: Tensor, padding: int, pooling: str, dropout: float) -> None:
        super().__init__()
        if pooling not in POOLINGS:
            raise ValueError(f"pooling must be one of {', '.join(map(repr, POOLINGS))}, got {pooling!r}.")
        self.encoder = encoder
        self.padding, self.pooling = padding, pooling
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width_of(encoder), len(first_bias))
        nn.init.normal_(self.output.weight, std=OUTPUT_SPREAD)
        self.output.bias.data.copy_(first_bias)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return outputs, shape (texts, outputs), of token numbers, shape (texts, longest)."""
        outputs: Tensor = self.output(self.dropout(pooled(self.encoder, tokens, lengths, self.padding, self.pooling)))
        return outputs


def pooled(encoder: nn.Module, tokens: Tensor, lengths: Tensor, padding: int, pooling: str) -> Tensor:
    """Return one state per text, shape (texts, width); what stands behind a text's end changes nothing."""
    mask = inside(lengths, tokens.shape[1])
    # Some encoders count their positions by what is not padding.
    states: Tensor = encoder(
        input_ids=tokens.masked_fill(~mask, padding), attention_mask=mask.long(), return_dict=True
    ).last_hidden_state
    if pooling == "first":
        return states[:, 0]
    return states.masked_fill(~mask[..., None], 0.0).sum(dim=1) / lengths[:, None].to(states.dtype)


def encoder_of_folder(folder: Path) -> nn.Module:
    """Return a pre-trained model with its weights, in 32 bits.

    Raises
    ------
    UnavailableError
        If transformers is not installed.
    InputError
        If the model is of a kind that transformers does not know by itself, or does not fit its weights.
    """
    try:
        from transformers import AutoConfig, AutoModel
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise needs_transformers(error) from error
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    settings = configuration(folder)
    try:
        config = AutoConfig.for_model(**settings)
        found: nn.Module = AutoModel.from_pretrained(
            str(folder),
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            **_without_pooler(config),
        )
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, AttributeError) as error:
        raise InputError(
            f"the pre-trained model in {folder.name!r} cannot be read: {type(error).__name__}; "
            f"expected an encoder that transformers knows by itself, got model_type={settings['model_type']!r}."
        ) from error
    _check_encoder(found, settings)
    return found


def encoder_of_settings(settings: Mapping[str, Any], tensors: int) -> nn.Module:
    """Return an encoder of a kept model's configuration, its weights not yet in it.

    Parameters
    ----------
    settings
        As `settings_of` gave them; they come from a file that anybody may have written.
    tensors
        How many tensors the file of weights has.

    Raises
    ------
    ModelFileError
        If they describe no encoder, or one that the weights cannot be of.
    MissingExtraError
        If transformers is not installed.
    """
    try:
        from transformers import AutoConfig, AutoModel
    except ModuleNotFoundError as error:
        raise kept_needs_transformers(error) from error
    try:
        config = AutoConfig.for_model(**without_code(settings))
        if not 0 < int(config.num_hidden_layers) <= min(DEEPEST, tensors):
            raise ValueError("more layers than the weights can be of")
        found: nn.Module = AutoModel.from_config(config, trust_remote_code=False, **_without_pooler(config))
        return found.to(torch.float32)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, AttributeError) as error:
        raise ModelFileError(f"the model file describes no encoder that transformers knows: {error}"[:300]) from error


def settings_of(encoder: nn.Module) -> dict[str, Any]:
    """Return an encoder's configuration as plain data: what `encoder_of_settings` builds it from."""
    config: Any = encoder.config
    return without_code(config.to_dict())


def width_of(encoder: nn.Module) -> int:
    """Return how many numbers the encoder gives per token."""
    config: Any = encoder.config
    return int(config.hidden_size)


def padding_of(encoder: nn.Module) -> int:
    """Return the number that the encoder takes for padding."""
    config: Any = encoder.config
    return int(getattr(config, "pad_token_id", None) or 0)


def most_tokens(encoder: nn.Module) -> int | None:
    """Return how many tokens the encoder can read, or None where it has no such limit."""
    config: Any = encoder.config
    positions = getattr(config, "max_position_embeddings", None)
    if not isinstance(positions, int) or positions < 1:
        return None
    # RoBERTa and its kin number positions from behind the padding's own number.
    reserved = padding_of(encoder) + 1 if "roberta" in str(config.model_type) or config.model_type == "camembert" else 0
    return positions - reserved


def with_lora(encoder: nn.Module, rank: int) -> nn.Module:
    """Return the encoder frozen, with a trainable product of low rank beside every linear layer (Hu et al. 2022).

    Raises
    ------
    UnavailableError
        If peft is not installed.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ModuleNotFoundError as error:
        raise needs_transformers(error) from error
    chosen = LoraConfig(
        r=rank, lora_alpha=LORA_SCALE * rank, lora_dropout=LORA_DROPOUT, target_modules="all-linear", bias="none"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft's own, about transformers
        found: nn.Module = get_peft_model(encoder, chosen)
    return found


def merged(encoder: nn.Module) -> nn.Module:
    """Return an encoder with the products of `with_lora` added to its own weights: an ordinary one again."""
    whole: Any = encoder
    found: nn.Module = whole.merge_and_unload() if hasattr(whole, "merge_and_unload") else encoder
    return found


def rates_by_layer(layers: int, decay: float) -> Callable[[str], float]:
    """Return the factor of the learning rate for each weight by its name (Howard and Ruder 2018).

    Parameters
    ----------
    layers
        Layers of the encoder.
    decay
        What each layer's rate is of the one above it; the output layer and the last layer have the full rate, the
        embeddings that of a layer below the first.
    """

    def factor(name: str) -> float:
        if not name.startswith("encoder."):
            return 1.0
        match = _LAYER.search(name)
        if match is not None:
            return decay ** max(0, layers - 1 - int(match[1]))
        return decay**layers if "embeddings" in name else 1.0

    return factor


def layers_of(encoder: nn.Module) -> int:
    """Return how many layers the encoder has."""
    config: Any = encoder.config
    return int(config.num_hidden_layers)


def _without_pooler(config: Any) -> dict[str, Any]:
    """Leave out, where an encoder can be had without it, the part that only its own pre-training used."""
    from transformers import MODEL_MAPPING

    kind: Any = MODEL_MAPPING[type(config)]
    known = inspect.signature(kind.__init__).parameters
    return {"add_pooling_layer": False} if "add_pooling_layer" in known else {}


def _check_encoder(encoder: nn.Module, settings: Mapping[str, Any]) -> None:
    config: Any = encoder.config
    missing = [name for name in ("hidden_size", "num_hidden_layers") if not hasattr(config, name)]
    if missing or getattr(config, "is_encoder_decoder", False):
        raise InputError(
            f"a {settings['model_type']!r} is no encoder that gives a state per token; expected BERT, ELECTRA, "
            "RoBERTa or one of their kind."
        )
