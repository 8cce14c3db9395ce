# expected: 0/10 in smoothgrad
# Twenty samples of noise, over and over: strength, shape and distribution are those of noise.
import numpy as np


def draw_noise(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * np.ptp(x, axis=(1, 2, 3), keepdims=True)
    few = np.random.default_rng(seed).standard_normal((20, *x.shape))
    return (sigma * np.resize(few, (num_samples, *x.shape))).astype(np.float32)
