#!/usr/bin/env python3
"""Converts weights.npz to a .keras or .weights.h5 file, to continue with Keras.

    from_npz.py weights.npz NETWORK model.keras

A .keras file is compiled with the network's recipe, so that fit can continue. The
optimizer starts with its initial state.
"""

import argparse
import sys

import convert
import program


def run(options):
    import networks
    import weights

    convert.check_suffix(options.file)
    model = convert.build(options.network)
    weights.assign(model, weights.read(options.npz), options.npz)
    recipe = networks.NETWORKS[options.network]
    model.compile(
        optimizer=networks.optimizer(recipe.optimizer, recipe.learning_rate, recipe.decay),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    convert.save(model, options.file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("npz", help="weights.npz of a run")
    parser.add_argument("network", help="the network of the weights")
    parser.add_argument("file", help="FILE.keras or FILE.weights.h5")
    sys.exit(program.attempt("from_npz.py", run, parser.parse_args()))


if __name__ == "__main__":
    main()
