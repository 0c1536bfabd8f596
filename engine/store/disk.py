"""The disk under a store, as far as what to do about it differs: read-only, out of reach, or fine."""

import os
from pathlib import Path

from .errors import RESTORE, StoreDamaged, StoreUnwritable


def is_read_only(folder: Path) -> bool:
    """Whether the file system of a folder takes no writes: it was mounted so, or the kernel has made it so
    after an error. False for a folder that cannot be asked."""
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def read_only_message(folder: Path) -> str:
    """What is wrong with a data folder on such a disk, and what to do."""
    return (
        f"{folder.absolute()} is on a read-only disk. Make the disk writable again; if the system has made "
        "it read-only by itself, the kernel log (`dmesg`) says why."
    )


def read_advice(error: BaseException, store: Path) -> str:
    """What to do about a store that cannot be read. Only a damaged one calls for a backup: nobody should
    replace a sound database because its disk is away for a while."""
    if isinstance(error, StoreDamaged):
        return RESTORE
    if is_read_only(store.parent):
        return read_only_message(store.parent)
    if isinstance(error, StoreUnwritable):
        return "Its disk reports errors: look into the kernel log (`dmesg`) and check the disk first."
    return f"The user that runs Switchyard must be able to read and write it and its folder {store.parent}."
