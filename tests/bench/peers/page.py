"""Puts the result of a run into the page about benchmarks."""

from pathlib import Path

from .plot import plot
from .report import Result, table

HEADING = "## Beside Node-RED and n8n\n"
"""The section of `benchmarks.md` that a run replaces."""
PLOT = "benchmarks.svg"
_REPEAT = """To repeat it, install wrk (`apt install wrk`), and then:

```sh
python -m tests.bench.peers --peers FOLDER --install    # Node-RED and n8n, with npm, in a folder of yours
python -m tests.bench.peers --peers FOLDER --docs docs  # about ten minutes on an idle machine
```
"""


def write(result: Result, folder: Path) -> None:
    """Replace the section, and write the plot beside the page. Raises `ValueError` for a page without it."""
    page = folder / "benchmarks.md"
    before, heading, after = page.read_text("utf-8").partition(HEADING)
    if not heading:
        raise ValueError(f"{page} has no section {HEADING.strip()!r}.")
    _, following, rest = after.partition("\n## ")
    section = f"{heading}\n{table(result)}\n[Plot of the completed events]({PLOT})\n\n{_REPEAT}"
    page.write_text(f"{before}{section}{following}{rest}", "utf-8")
    (folder / PLOT).write_text(plot(result), "utf-8")
