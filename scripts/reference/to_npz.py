#!/usr/bin/env python3
"""Converts a .keras or .weights.h5 file to weights.npz.

    to_npz.py model.keras weights.npz [--network NETWORK]
    to_npz.py model.weights.h5 weights.npz --network NETWORK

With --network, the weights are assigned to the network's layers in order, whatever their
names in the file (a notebook's dense_7 becomes dense_1). Without it, the names of the
.keras file are kept. Only Sequential models of known layers are read. No code from the
file is executed.
"""

import argparse
import sys

import convert
import program


def arrays_of(model, path, network):
    import networks
    import weights

    found = weights.named(model)
    if network is None:
        return {name: weight.numpy() for name, weight in found}
    wanted = weights.named(networks.build(network))
    if len(found) != len(wanted):
        raise ValueError(f"{path}: has {len(found)} weight arrays ({names(found)}), {network} wants {len(wanted)} ({names(wanted)})")
    for (old, weight), (new, place) in zip(found, wanted):
        if old.rpartition("/")[2] != new.rpartition("/")[2]:
            raise ValueError(f"{path}: has {old}, where {network} has {new}")
        weights.check(old, weight.numpy(), tuple(place.shape), path)
    return {new: weight.numpy() for (_, weight), (new, _) in zip(found, wanted)}


def names(weights):
    return ", ".join(name for name, _ in weights)


def run(options):
    import weights

    model = convert.load(options.file, options.network)
    weights.write(options.npz, arrays_of(model, options.file, options.network))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="FILE.keras or FILE.weights.h5")
    parser.add_argument("npz", help="file to write")
    parser.add_argument("--network", help="a network of the lab; required for .weights.h5")
    sys.exit(program.attempt("to_npz.py", run, parser.parse_args()))


if __name__ == "__main__":
    main()
