"""What the database can answer instead of a result, whichever database it is.

StoreError            a statement that the database refuses: a defect of ours
├── StoreUnavailable  it cannot work now: closed, locked, a full disk, an I/O error (503)
│   ├── QueryTimeout  a question ran longer than its time limit
│   ├── StoreFull     there is no room on its disk
│   ├── StoreUnwritable its disk is read-only, or reports errors
│   ├── StoreDamaged  its file is no database any more, or a broken one
│   ├── StoreReplaced its file was deleted, or another one put in its place
│   ├── StoreUnreachable its server does not answer, or has ended the connection
│   └── SchemaTooNew  a newer Switchyard wrote it
└── StoreConflict     a row with the same key was stored meanwhile (409)

No exception of a driver leaves `engine.store`: each `Dialect` translates its own.
"""

from engine.base.errors import Conflict, Unavailable

RESTORE = "Restore it from a backup: `switchyard admin restore FILE --force`."
"""What to do about a damaged store."""


class StoreError(Exception):
    """The database refused a statement."""


class StoreUnavailable(StoreError, Unavailable):
    """The database cannot do it now; the same statement may work later."""


class QueryTimeout(StoreUnavailable):
    """A question was stopped because it ran longer than its time limit."""


class StoreFull(StoreUnavailable):
    """There is no room for what was to be stored."""


class StoreUnwritable(StoreUnavailable):
    """The disk is read-only, or reports errors."""


class StoreDamaged(StoreUnavailable):
    """The file is not a sound database."""


class StoreReplaced(StoreUnavailable):
    """The file that is open is not the one that the next start would open."""


class StoreUnreachable(StoreUnavailable):
    """The database server does not answer, or has ended the connection."""


class SchemaTooNew(StoreUnavailable):
    """The database was written by a newer Switchyard."""


class StoreConflict(StoreError, Conflict):
    """A uniqueness or foreign key constraint does not allow the row."""
