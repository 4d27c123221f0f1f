"""An encoder reads the text and nothing behind its end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from triage_bench.core.errors import UnknownNameError
from triage_bench.models.neural.encoders import (
    BagEncoder,
    ConvolutionalEncoder,
    ConvolutionalRecurrentEncoder,
    Convolutions,
    MeanEncoder,
    RecurrentEncoder,
)
from triage_bench.models.neural.initialisation import SCHEMES, initialise
from triage_bench.models.neural.network import TextNetwork
from triage_bench.models.neural.vocabulary import PAD, UNKNOWN


def _recurrent(cell: str, layers: int, bidirectional: bool, pooling: str) -> RecurrentEncoder:
    return RecurrentEncoder(cell, 5, 4, layers, bidirectional, 0.5, pooling)


ENCODERS: dict[str, Callable[[], nn.Module]] = {
    "mean": lambda: MeanEncoder(5),
    "bag": lambda: BagEncoder(5, 4, 3, 0.5),
    "rnn": lambda: _recurrent("rnn", 1, True, "last+max"),
    "gru": lambda: _recurrent("gru", 2, False, "last"),
    "lstm": lambda: _recurrent("lstm", 1, False, "last+max"),
    "stacked bidirectional lstm": lambda: _recurrent("lstm", 2, True, "last+max"),
    "max-pooled gru": lambda: _recurrent("gru", 1, True, "max"),
    "attention": lambda: _recurrent("lstm", 2, True, "attention"),
    "cnn": lambda: ConvolutionalEncoder(5, 4, (1, 2, 3, 4, 5)),
    "cnn-lstm": lambda: ConvolutionalRecurrentEncoder(
        Convolutions(5, 4, (2, 3)), RecurrentEncoder("lstm", 8, 4, 1, True, 0.0)
    ),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_what_stands_in_the_padding_never_changes_a_vector(name: str) -> None:
    torch.manual_seed(0)
    encoder = ENCODERS[name]().eval()
    lengths = torch.tensor([7, 3, 1])
    embedded = torch.randn(3, 7, 5)
    together = encoder(embedded, lengths)
    assert together.shape == (3, encoder.width)
    for row, length in enumerate(lengths.tolist()):
        alone = encoder(embedded[row : row + 1, :length], lengths[row : row + 1])
        longer = torch.full((1, 40, 5), 1e3)
        longer[0, :length] = embedded[row, :length]
        torch.testing.assert_close(alone[0], together[row], atol=1e-5, rtol=0)
        torch.testing.assert_close(encoder(longer, lengths[row : row + 1])[0], together[row], atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ENCODERS)
def test_every_position_of_a_text_is_read_and_every_weight_learns(name: str) -> None:
    torch.manual_seed(1)
    encoder = ENCODERS[name]().eval()
    initialise(encoder, "xavier")
    embedded = torch.randn(16, 6, 5, requires_grad=True)
    # A sum would not move under a softmax over positions.
    (encoder(embedded, torch.tensor([6, 4] * 8)) * torch.randn(16, encoder.width)).sum().backward()
    assert embedded.grad is not None
    reach = embedded.grad.abs().sum(dim=(0, 2))
    assert (reach > 0).all() and (embedded.grad[1::2, 4:] == 0).all()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in encoder.parameters())


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_bidirectional_encoder_equals_torchs_own_on_packed_texts(cell: str, layers: int) -> None:
    torch.manual_seed(0)
    ours = RecurrentEncoder(cell, 5, 4, layers, bidirectional=True, dropout=0.0)
    theirs = getattr(nn, cell.upper())(5, 4, layers, bidirectional=True, batch_first=True)
    weights = theirs.state_dict()
    for depth in range(layers):
        for reader, suffix in ((ours.forwards[depth], ""), (ours.backwards[depth], "_reverse")):
            for name, value in reader.state_dict().items():
                weights[name.replace("_l0", f"_l{depth}{suffix}")] = value
    theirs.load_state_dict(weights)
    embedded, lengths = torch.randn(3, 6, 5), torch.tensor([6, 4, 2])
    packed = nn.utils.rnn.pack_padded_sequence(embedded, lengths, batch_first=True)
    last = theirs(packed)[1]
    last = last[0] if cell == "lstm" else last
    expected = torch.cat((last[-2], last[-1]), dim=-1)
    torch.testing.assert_close(ours(embedded, lengths)[:, :8], expected, atol=1e-6, rtol=1e-5)


def test_attention_is_a_mean_over_the_texts_own_states() -> None:
    encoder = RecurrentEncoder("gru", 5, 4, 1, True, 0.0, "attention").eval()
    assert encoder.attention is not None
    nn.init.zeros_(encoder.attention.score.weight)
    embedded, lengths = torch.randn(2, 6, 5), torch.tensor([6, 3])
    states = encoder._states(embedded, lengths)
    expected = torch.stack((states[0].mean(dim=0), states[1, :3].mean(dim=0)))
    torch.testing.assert_close(encoder(embedded, lengths), expected)


def test_the_bag_is_a_linear_layer_over_the_scaled_vector_of_words() -> None:
    torch.manual_seed(0)
    table, encoder = torch.randn(9, 5), BagEncoder(5, 4, 1, 0.0)
    words = torch.zeros(9)
    words[[2, 5, 7]] = 1 / 3**0.5
    found = encoder(table[torch.tensor([[2, 5, 7]])], torch.tensor([3]))
    torch.testing.assert_close(found[0], torch.relu(words @ table))


def test_forget_gates_start_open_and_recurrent_weights_orthogonal() -> None:
    for scheme in SCHEMES:
        encoder = RecurrentEncoder("lstm", 5, 4, 1, True, 0.0)
        initialise(encoder, scheme)
        reader = encoder.forwards[0]
        assert reader.bias_ih_l0.tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 8
        gate = reader.weight_hh_l0[4:8]
        torch.testing.assert_close(gate @ gate.T, torch.eye(4), atol=1e-5, rtol=0)


def test_initialisations_have_the_spread_they_are_named_for() -> None:
    torch.manual_seed(0)
    spread = {}
    for scheme in SCHEMES:
        layer = nn.Linear(400, 100)
        initialise(layer, scheme)
        spread[scheme] = layer.weight.std().item()
        assert not layer.bias.any()
    assert spread["xavier"] == pytest.approx((2 / 500) ** 0.5, rel=0.03)
    assert spread["he"] == pytest.approx((2 / 400) ** 0.5, rel=0.03)
    with pytest.raises(UnknownNameError, match="Did you mean 'xavier'"):
        initialise(nn.Linear(2, 2), "xaver")


def test_left_out_words_of_a_bag_are_made_up_for_and_replaced_ones_become_unknown() -> None:
    torch.manual_seed(0)
    kept = TextNetwork(50, 5, MeanEncoder(5), torch.zeros(2), word_dropout=0.5, bag=True)
    tokens = torch.arange(2, 50).repeat(500, 1)
    embedded = kept._embedded(tokens)
    torch.testing.assert_close(embedded.mean(dim=0), kept.embedding.weight[2:], atol=0.05, rtol=0)
    replaced = TextNetwork(50, 5, MeanEncoder(5), torch.zeros(2), word_dropout=1.0)
    assert torch.equal(replaced._embedded(tokens)[0, 0], replaced.embedding.weight[UNKNOWN])
    assert not replaced.embedding.weight[PAD].any()


def test_batch_normalisation_takes_a_batch_of_one() -> None:
    network = TextNetwork(9, 5, MeanEncoder(5), torch.zeros(2), normalisation="batch")
    assert network(torch.tensor([[2, 3]]), torch.tensor([2])).isfinite().all()
    with pytest.raises(ValueError, match="'layer' or 'batch'"):
        TextNetwork(9, 5, MeanEncoder(5), torch.zeros(2), normalisation="group")


def test_an_unknown_pooling_is_named() -> None:
    with pytest.raises(ValueError, match="'attention'"):
        RecurrentEncoder("gru", 5, 4, 1, True, 0.0, "mean")
