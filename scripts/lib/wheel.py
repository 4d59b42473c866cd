"""Unpacks the parts of TensorFlow's wheel that a C program needs.

usage: wheel.py LIST FOLDER

pip downloads the wheels that LIST names with their SHA-256 checksums. The C library and
its headers are laid out in FOLDER as in a site-packages folder, because the library looks
for the CUDA libraries relative to its own path. FOLDER appears complete or not at all. On
failure, one line on standard output gives the reason.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile

# The C library is the same for every Python version, so one wheel is enough.
PYTHON = ["--implementation", "cp", "--python-version", "3.11", "--abi", "cp311", "--abi", "none"]

HEADERS = tuple(
    "tensorflow/include/" + folder
    for folder in ("tensorflow/c/", "tensorflow/core/platform/", "tensorflow/core/public/", "tsl/", "xla/tsl/")
)


def needed(name):
    """Reports whether a file of a wheel is needed to compile, link or run."""
    if name.startswith("nvidia/"):
        return "/include/" not in name
    if name.startswith(HEADERS):
        return name.endswith(".h")
    return (
        name.startswith(("tensorflow/libtensorflow_cc.so", "tensorflow/libtensorflow_framework.so"))
        or name == "tensorflow/THIRD_PARTY_NOTICES.txt"
        or name.split("/")[0].endswith(".libs")
    )


def download(listed, folder):
    if importlib.util.find_spec("pip") is None:
        raise OSError(f"{sys.executable} has no pip (Debian, Ubuntu: apt install python3-pip)")
    machine = platform.machine()
    command = [sys.executable, "-m", "pip", "download", "--require-hashes", "--no-deps", "--only-binary=:all:"]
    command += ["-r", listed, "-d", folder, *PYTHON]
    for tag in ("manylinux_2_27", "manylinux_2_17", "manylinux2014"):
        command += ["--platform", f"{tag}_{machine}"]
    done = subprocess.run(command, stdout=sys.stderr)
    if done.returncode != 0:
        raise OSError("pip could not download it (its own message is above)")
    wheels = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".whl")]
    if not wheels:
        raise OSError(f"there is no wheel of it for {platform.system()} {machine}")
    return wheels


def unpack(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if info.is_dir() or not needed(info.filename):
                continue
            path = archive.extract(info, folder)
            if mode := info.external_attr >> 16 & 0o777:  # extract does not restore the execute permission of ptxas
                os.chmod(path, mode)


def link_nvrtc(folder):
    """Creates the folder in which cuDNN looks for NVRTC in addition to its own folder."""
    nvidia = os.path.join(folder, "nvidia")
    if os.path.isdir(os.path.join(nvidia, "cuda_nvrtc")) and not os.path.exists(os.path.join(nvidia, "nvrtc")):
        os.symlink("cuda_nvrtc", os.path.join(nvidia, "nvrtc"))


def main(listed, folder):
    parent = os.path.dirname(folder)
    os.makedirs(parent, exist_ok=True)
    work = tempfile.mkdtemp(prefix=".fetching-", dir=parent)
    try:
        whole = os.path.join(work, "whole")
        for wheel in download(listed, os.path.join(work, "wheels")):
            unpack(wheel, whole)
            os.remove(wheel)
        link_nvrtc(whole)
        if not os.path.isdir(folder):  # another set-up may have created it
            os.rename(whole, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, zipfile.BadZipFile) as error:
        sys.exit(print(error) or 1)
    except KeyboardInterrupt:
        sys.exit(130)
