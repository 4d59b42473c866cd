"""Makes the fixtures in this folder: python3 make.py (numpy 1.24 or newer)."""
import numpy as np
from numpy.lib import format

DTYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]

# Element [i, j] of each is 10*i + j (negative in the signed ones, truth in bool).
arrays = {}
for t in DTYPES:
    a = (10 * np.arange(2)[:, None] + np.arange(3)[None, :])
    if t[0] in "if":
        a = -a
    for order in "<>":
        for layout in "CF":
            key = t + {"<": "/little", ">": "/big"}[order] + "/" + layout
            arrays[key] = np.asarray(a.astype(order + t), order=layout)
np.savez_compressed("dtypes.npz", **arrays)
np.savez("stored.npz", **{"dense/kernel": np.arange(6, dtype="<f4").reshape(2, 3),
                          "dense/bias": np.zeros(3, "<f4"),
                          "scalar": np.float64(2.5)})

np.save("float16.npy", np.array([0, -0.0, 6e-8, -6.1e-5, 1, 65504, np.inf, -np.inf, np.nan], "<f2"))
np.save("fortran3.npy", np.asfortranarray(np.arange(24, dtype=">i2").reshape(2, 3, 4)))
np.save("empty.npy", np.zeros((0, 3), "<f4"))
for version in [(2, 0), (3, 0)]:
    with open("version%d.npy" % version[0], "wb") as f:
        format.write_array(f, np.arange(4, dtype="<f4"), version=version)

np.save("complex.npy", np.zeros(2, "<c8"))
np.save("object.npy", np.array([{}, []], dtype=object), allow_pickle=True)
np.save("fields.npy", np.zeros(2, [("x", "<f4"), ("y", "<i4")]))
