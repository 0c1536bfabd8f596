"""The cases stored in flow files, run with every effect off."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from engine.runs.flow_tests import run_case

from .flow_files import files_in, read_flow

out = Console(highlight=False, soft_wrap=True)


async def test(paths: list[Path]) -> int:
    """Run the stored cases of flow files; 1 when any fails, or when there is none."""
    files = files_in(paths)
    passed = failed = 0
    for file in files:
        flow = read_flow(file)
        for case in flow.tests:
            wrong = await run_case(flow, case)
            passed += not wrong
            failed += bool(wrong)
            mark = "[red]✗[/red]" if wrong else "[green]✓[/green]"
            out.print(f"{mark} {escape(file.name)} · {escape(case.name)}")
            for line in wrong:
                out.print(f"    {escape(line)}")
    out.print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
