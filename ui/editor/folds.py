"""Which branches of a drawing are folded, as its address says it: `?fold=by_action.0~each.body`."""

from dataclasses import dataclass

ALL = "all"


@dataclass(frozen=True)
class Folds:
    """The folded branches, or every one."""

    marks: frozenset[str] = frozenset()
    every: bool = False

    @staticmethod
    def mark(step: str, slot: str) -> str:
        """What a branch is called: its step, and its number among the branches or else its slot."""
        return f"{step}.{slot.removeprefix('branches/')}"

    def shut(self, step: str, slot: str) -> bool:
        return self.every or self.mark(step, slot) in self.marks


def read(text: str) -> Folds:
    """What an address says; names of branches that are gone do no harm."""
    return Folds(every=True) if text == ALL else Folds(frozenset(text.split("~")) - {""})
