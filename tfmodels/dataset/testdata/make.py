"""Makes the pickles in this folder: python3 make.py

Each is a batch of two CIFAR-10 records as a Python program writes it, gzipped:
pixel p of record r is (7*p + 3*r) % 256, the labels are 3 and 8. Run it with
NumPy 1 and with NumPy 2, which name their modules differently.
"""
import gzip
import pickle

import numpy as np

pixels = (7 * np.arange(3072)[None, :] + 3 * np.arange(2)[:, None]).astype(np.uint8)
major = np.__version__.split(".")[0]
batches = {
    "text": {"batch_label": "one", "labels": [3, 8], "data": pixels, "filenames": ["a.png", "b.png"]},
    "bytes": {b"labels": [3, 8], b"data": pixels},
    "array": {b"labels": np.array([3, 8]), b"data": pixels},
    "big": {b"labels": np.array([3, 8], ">i4"), b"data": pixels},
    "scalars": {b"labels": [np.int64(3), np.int64(8)], b"data": pixels},
}
for name, batch in batches.items():
    for protocol in range(2, 6):
        path = f"numpy{major}-{name}-protocol{protocol}.pickle.gz"
        with open(path, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", filename="", mtime=0) as z:
            pickle.dump(batch, z, protocol=protocol)
