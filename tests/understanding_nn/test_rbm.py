import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from understanding_nn import data, networks, rbm
from understanding_nn.errors import ArgumentError
from understanding_nn.files import read_arrays
from understanding_nn.networks import __main__ as command
from understanding_nn.networks import boltzmann, training
from understanding_nn.networks.architectures import MACHINES, MachineRecipe


def small_machine(pixels=4, hidden=3, seed=0):
    rng = np.random.default_rng(seed)
    return rbm.Rbm(*(rng.standard_normal(shape).astype(np.float32) for shape in ((pixels, hidden), pixels, hidden)))


def probabilities(machine):
    """Of each state of the pixels, from the energy, all states counted; and the states."""
    states = np.array(list(itertools.product((0, 1), repeat=machine.weights.shape[0])))
    hidden = np.array(list(itertools.product((0, 1), repeat=machine.weights.shape[1])))
    energy = states @ machine.visible_bias + (states @ machine.weights @ hidden.T + hidden @ machine.hidden_bias).T
    weight = np.exp(energy).sum(axis=0)
    return states, weight / weight.sum()


def test_long_chains_come_from_the_machines_distribution():
    machine = small_machine()
    states, expected = probabilities(machine)
    start = np.zeros((20000, 4))
    samples = rbm.sample(machine, num_steps=30, seed=1, start=start)
    # What comes back is the probability of each pixel; its mean over the chains is the pixel's own mean.
    np.testing.assert_allclose(samples.mean(axis=0), expected @ states, atol=0.015)
    assert samples.shape == start.shape


def test_samples_depend_on_the_seed_and_on_nothing_else():
    machine = small_machine(784, 20)
    first, again, other = (rbm.sample(machine, 2, num_steps=5, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert (first.dtype, first.shape) == (np.float32, (2, 28, 28, 1))


@pytest.mark.parametrize(
    "options", [{}, {"num_samples": 0}, {"num_samples": 1, "num_steps": 0}, {"start": np.zeros((2, 5))}]
)
def test_a_sample_needs_to_know_how_many(options):
    with pytest.raises(ArgumentError, match=r"expected (at least one step|images of 4 pixels)"):
        rbm.sample(small_machine(), seed=0, **options)


def test_pseudo_likelihood_agrees_with_counting_all_states():
    machine = small_machine()
    states, p = probabilities(machine)
    of_state = {tuple(state): each for state, each in zip(states, p, strict=True)}

    def slowly(x):
        flipped = [tuple(np.where(np.arange(4) == i, 1 - x, x)) for i in range(4)]
        return sum(np.log(of_state[tuple(x)] / (of_state[tuple(x)] + of_state[other])) for other in flipped)

    images = states[[0, 5, 15]]
    expected = np.mean([slowly(x) for x in images])
    assert boltzmann.log_pseudo_likelihood(machine, images.reshape(3, 2, 2, 1)) == pytest.approx(expected, rel=1e-5)


RECIPE = MachineRecipe(summary="small", hidden=16, epochs=6, batch_size=10, learning_rate=0.1, num_chains=20)


@pytest.fixture
def digits(first_digits):
    return first_digits(500, 100)


def test_training_learns_and_an_interrupted_one_ends_in_the_same_place(digits, tmp_path, monkeypatch):
    whole = boltzmann.fit(RECIPE, digits, tmp_path / "whole.npz")
    pixels_alone = rbm.Rbm(0 * whole.weights, whole.visible_bias, 0 * whole.hidden_bias)
    learned, before = (boltzmann.log_pseudo_likelihood(each, digits.x_test) for each in (whole, pixels_alone))
    assert learned > before + 10
    distort, done = boltzmann.distort, []

    def interrupted(*arguments, **options):
        done.append(1)
        if len(done) == 6:
            raise KeyboardInterrupt
        return distort(*arguments, **options)

    monkeypatch.setattr(boltzmann, "distort", interrupted)
    with pytest.raises(KeyboardInterrupt):
        boltzmann.fit(RECIPE, digits, tmp_path / "parts.npz")
    done.clear()
    resumed = boltzmann.fit(RECIPE, digits, tmp_path / "parts.npz")
    assert len(done) == 1  # five were in the checkpoint, the chains among them
    np.testing.assert_allclose(resumed.weights, whole.weights, atol=1e-3)


def test_the_command_trains_a_machine(digits, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(MACHINES, "mnist_rbm", replace(RECIPE, epochs=1))
    monkeypatch.setattr(training, "mnist", lambda: digits)
    # Determinism cannot be switched off again in this process.
    monkeypatch.setattr(command.tf.config.experimental, "enable_op_determinism", lambda: None)
    words = ["train", "mnist_rbm", "--output", str(tmp_path / "out"), "--checkpoints", str(tmp_path / "cache")]
    assert command.main(words) == 0
    card = json.loads((tmp_path / "out" / "mnist_rbm.json").read_text())
    assert f"log pseudo-likelihood {card['test_log_pseudo_likelihood']:.1f} nats" in capsys.readouterr().out
    arrays = read_arrays(tmp_path / "out" / "mnist_rbm.npz", remedy="")
    assert [array.shape for array in arrays.values()] == [(784, 16), (784,), (16,)]


def test_the_card_tells_how_well_the_packaged_machine_knows_digits():
    card, machine, digits = networks.card("mnist_rbm"), rbm.load(), data.mnist()
    likelihood = boltzmann.log_pseudo_likelihood(machine, digits.x_test)
    assert likelihood == pytest.approx(card["test_log_pseudo_likelihood"], abs=0.02)
    assert likelihood > -100
    # A machine that had learned its digits by heart would know these far better.
    assert card["train_log_pseudo_likelihood"] - likelihood < 10
    assert card["num_parameters"] == sum(part.size for part in vars(machine).values())
    machine.weights[:] = 0
    assert rbm.load().weights.any()


def test_samples_of_the_packaged_machine_are_digits():
    """Chains that start from noise, judged by a network that never saw the machine."""
    samples = rbm.sample(rbm.load(), 100, num_steps=1000, seed=0)
    logits = networks.load("mnist_cnn")(samples).numpy()
    probability = np.exp(logits - logits.max(axis=1, keepdims=True))
    certain = (probability / probability.sum(axis=1, keepdims=True)).max(axis=1)
    assert np.median(certain) > 0.9
    assert len(set(logits.argmax(axis=1))) >= 8  # not one digit over and over
