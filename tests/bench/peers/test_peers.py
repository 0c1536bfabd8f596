"""The bench of peers: ratios are taken within a round, the page gets the section, and the flows of the peers
lead every event to its end."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from engine.flow import check
from tests.bench.peers import n8n, node_red, page, switchyard
from tests.bench.peers.measure import Killed, Loaded
from tests.bench.peers.peer import CASES
from tests.bench.peers.plot import plot
from tests.bench.peers.report import Result, table


def loaded(peer: str, case: str, rate: float) -> Loaded:
    return Loaded(peer, case, rate, rate, 10.0, 20.0, 0, 0, 0.25, 150.0)


def result() -> Result:
    """Two rounds; in the second everybody was slower, and Switchyard was by less."""
    versions = {"Node-RED": "5", "Switchyard": "1", "Commit ceiling": "–"}
    found = Result("2026-12-01", "2 cores", "bench", versions, dict.fromkeys(versions, "nothing"))
    for node, ours, ceiling in ((1000.0, 2000.0, 4000.0), (500.0, 1500.0, 2000.0)):
        rows = [loaded("Node-RED", "A", node), loaded("Switchyard", "A", ours)]
        found.rounds.append([*rows, loaded("Commit ceiling", "A", ceiling)])
    found.starts = {"Node-RED": [1.0, 1.2, 1.1], "Switchyard": [0.5, 0.6, 0.55]}
    found.killed = [Killed("Node-RED", 1200, 900), Killed("Switchyard", 1300, 0)]
    return found


def test_ratios_are_taken_within_a_round() -> None:
    assert result().ratios("A", "Switchyard", "Node-RED") == [2.0, 3.0]
    assert result().ratios("A", "Switchyard", "n8n") == []
    written = table(result())
    assert "| A: answered at once | 750 | 1,750 | 3,000 | **2.50** (2.00, 3.00) |" in written
    assert "Case A / commit ceiling: **0.62** (0.50, 0.75)." in written
    assert "| Start until it answers | 1.10 s | 0.55 s | – |" in written
    assert "| Node-RED | 1,200 | 900 |" in written


def test_the_plot_is_svg_with_a_bar_for_each_median() -> None:
    root = ElementTree.fromstring(plot(result()))
    shown = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in shown if text in ("750", "1,750", "3,000")] == ["750", "1,750", "3,000"]
    assert "prefers-color-scheme:dark" in plot(result())


def test_a_run_replaces_its_section_of_the_page_and_nothing_else(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "benchmarks.md").read_text("utf-8")
    (tmp_path / "benchmarks.md").write_text(text, "utf-8")
    page.write(result(), tmp_path)
    once = (tmp_path / "benchmarks.md").read_text("utf-8")
    page.write(result(), tmp_path)
    assert (tmp_path / "benchmarks.md").read_text("utf-8") == once
    before, _, after = text.partition(page.HEADING)
    assert once.startswith(before + page.HEADING)
    assert once.endswith(after.partition("\n## ")[2])
    assert "**2.50** (2.00, 3.00)" in once
    assert (tmp_path / page.PLOT).exists()


def test_a_page_without_the_section_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "benchmarks.md").write_text("# Something else\n")
    with pytest.raises(ValueError, match="no section"):
        page.write(result(), tmp_path)


@pytest.mark.parametrize("case", CASES)
def test_switchyards_flow_of_a_case_has_no_problem(case: str) -> None:
    assert [
        problem.message for problem in check(switchyard.flow(case, 9)) if problem.severity == "error"
    ] == []


def test_every_wire_of_node_red_leads_to_a_node_and_every_case_to_its_count() -> None:
    nodes = {node["id"]: node for node in node_red.flows(9)}
    wires = {id: [end for wire in node.get("wires", []) for end in wire] for id, node in nodes.items()}
    assert {end for ends in wires.values() for end in ends} <= set(nodes)
    for case in CASES:
        assert f"end{case}" in reached(f"in{case}", wires)
        assert (f"post{case}" in reached(f"in{case}", wires)) is (case in "CD")
        assert f"answer{case}" in reached(f"in{case}", wires)


@pytest.mark.parametrize("case", CASES)
def test_every_node_of_an_n8n_workflow_is_reached_from_its_webhook(case: str) -> None:
    workflow = n8n.workflow(case, 9)
    wires = {
        name: [end["node"] for output in outputs["main"] for end in output]
        for name, outputs in workflow["connections"].items()
    }
    assert reached("webhook", wires) == {node["name"] for node in workflow["nodes"]}
    assert json.loads(json.dumps(workflow)) == workflow


def reached(start: str, wires: dict[str, Any]) -> set[str]:
    found, pending = set(), [start]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += wires.get(name, [])
    return found
