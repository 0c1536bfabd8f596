"""The command line. Each command is a few lines here; the work stands in the module it names, which it
imports itself: to check a file needs no server."""

import asyncio
import errno
import gc
import json
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import pieces
from engine.base.errors import BadInput, SwitchyardError, Unavailable
from engine.base.settings import Settings
from engine.base.version import version
from engine.store.disk import read_only_message

from . import users

T = TypeVar("T")

app = typer.Typer(
    name="switchyard",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
pieces_app = typer.Typer(help="List the installed pieces; create and check your own.", no_args_is_help=True)
admin_app = typer.Typer(help="Manage users, projects and API keys on this machine.", no_args_is_help=True)
app.add_typer(pieces_app, name="pieces")
app.add_typer(admin_app, name="admin")
admin_app.add_typer(users.app, name="users")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)  # no link is broken in a log

FlowFile = Annotated[Path, typer.Argument(help="A flow file.", exists=True, dir_okay=False, readable=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """The entry point: a deliberate error is one sentence and exit code 1, not a traceback."""
    try:
        app()
    except SwitchyardError as error:
        _fail(error)
    except OSError as error:  # a file that cannot be written, say
        if error.errno == errno.EROFS and error.filename:
            _fail(Unavailable(read_only_message(Path(error.filename).parent)))
        where = f"{error.filename}: " if error.filename else ""
        _fail(BadInput(f"{where}{error.strerror or error}"))


def _fail(error: SwitchyardError) -> NoReturn:
    where = f"{error.field}: " if error.field else ""
    err.print(f"[red]✗[/red] {escape(where + error.message)}")
    for problem in error.details if isinstance(error.details, list) else ():
        err.print(f"  {escape(_told(problem))}")
    raise SystemExit(1)


def _told(problem: Any) -> str:
    if isinstance(problem, dict):
        return " ".join(str(problem[key]) for key in ("pointer", "field", "message") if key in problem)
    return f"{getattr(problem, 'pointer', '')} {getattr(problem, 'message', problem)}"


def _do(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(version())
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Switchyard routes events: webhooks in, flows drawn in the browser, every event accounted for."""


# -- the server ------------------------------------------------------------------------------------


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (SWITCHYARD_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (SWITCHYARD_PORT).")] = None,
) -> None:
    """Start the server: intake, workers, API and pages in one process."""
    gc.disable()  # nothing that is loaded is garbage: `calm_collector` enables it once the server has started
    from ui.app import make_app

    from . import collector, server

    _log()
    settings = Settings.from_env()
    if host or port is not None:
        from dataclasses import replace

        settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)

    async def started(switchyard: Any) -> None:
        collector.calm_collector()
        link = await switchyard.access.setup_url()
        err.print(f"Switchyard listens on [bold]{settings.base_url}[/bold]")
        if link:
            err.print(
                f"Nobody can sign in yet. Create the first admin (the link works once, for a day):\n  {link}"
            )

    server.run(make_app(settings, started=started, port_first=True), settings)


def _log() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
    )
    for noisy in ("alembic", "apscheduler", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@app.command(name="demo")
def demo_command(
    once: Annotated[bool, typer.Option("--once", help="Stop after the events have been shown.")] = False,
) -> None:
    """Start the server, generate a handler flow, send it signed events, and leave the server up."""
    from . import demo

    raise SystemExit(demo.main(once=once))


# -- flow files ------------------------------------------------------------------------------------


@app.command()
def run(
    flow: FlowFile,
    event: Annotated[
        Path,
        typer.Option(help='The event, JSON: {"body": …}; or any other JSON as the body; - reads stdin.'),
    ],
    as_json: AsJson = False,
) -> None:
    """Run a flow file with an event, without a server; effects are real."""
    from . import local_run

    raise SystemExit(_do(local_run.main(flow, event, as_json=as_json)))


@app.command()
def test(
    paths: Annotated[list[Path], typer.Argument(help="Flow files, or folders of them.", exists=True)],
) -> None:
    """Run the test cases stored in flow files, effects off."""
    from . import flow_tests

    raise SystemExit(_do(flow_tests.test(paths)))


@app.command()
def validate(
    paths: Annotated[list[Path], typer.Argument(help="Flow files, or folders of them.", exists=True)],
    as_json: AsJson = False,
) -> None:
    """Check flow files: all problems at once, exit code 1 if any is an error."""
    from . import flow_files

    raise SystemExit(flow_files.validate(paths, as_json=as_json))


@app.command()
def generate(
    catalogue: Annotated[
        str,
        typer.Option(
            help="A catalogue that ships (github, stripe, activepieces …), one that a project added, or a "
            "file with an AsyncAPI or OpenAPI document or a definition."
        ),
    ],
    event: Annotated[
        list[str] | None,
        typer.Option(help="Name of an event; repeatable. All events if left out, or with `all`."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The flow's name.")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only events that belong to these: projects=prj_1,prj_2; repeatable."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the flow file here.")] = None,
    project: Annotated[
        str | None, typer.Option(help="The project that added the catalogue; the first one when left out.")
    ] = None,
) -> None:
    """Generate a handler flow: a branch for each event, with samples."""
    from engine.catalogues.handler_flow import build
    from engine.flow import dumps

    from . import admin

    chosen = event if event and event != ["all"] else "all"
    scopes = dict(each.partition("=")[::2] for each in only or ())
    made = build(
        _do(admin.catalogue(Settings.from_env(), catalogue, project)),
        chosen,
        only={scope: ids.split(",") for scope, ids in scopes.items()},
    )
    if name:
        made = made.model_copy(update={"name": name})
    if output is None:
        sys.stdout.write(dumps(made))
    else:
        output.write_text(dumps(made), "utf-8")
        told = f"Wrote {output}: {len(made.steps)} steps, {len(made.samples)} samples."
        err.print(told, markup=False)


@app.command(name="import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Flow files.", exists=True, dir_okay=False)],
    project: Annotated[str | None, typer.Option(help="A project's id; the first one when left out.")] = None,
) -> None:
    """Add flow files, documents of Activepieces, or an alertmanager.yml to this instance as drafts."""
    from . import admin

    for made in _do(admin.import_flows(Settings.from_env(), paths, project)):
        for flow in made.flows:
            out.print(f"{flow.id}  {escape(flow.name)}")
        for finding in made.report:
            where = f"{finding.flow} · {finding.step or 'the flow'}"
            err.print(f"  {finding.severity}  {escape(where)}: {escape(finding.message)}")


@app.command()
def export(
    flow_id: Annotated[str, typer.Argument(help="A flow's id.")],
    version: Annotated[int | None, typer.Option(help="A version's number; the draft when left out.")] = None,
) -> None:
    """Print a flow of this instance as a flow file."""
    from . import admin

    sys.stdout.write(_do(admin.export_flow(Settings.from_env(), flow_id, version)))


# -- pieces ----------------------------------------------------------------------------------------


@pieces_app.command(name="list")
def list_pieces() -> None:
    """The installed pieces, and those that failed to load."""
    registry = pieces.registry()
    table = Table("piece", "actions", "triggers", "from", box=None)
    for name, piece in sorted(registry.pieces.items()):
        origin = registry.origins[name]
        table.add_row(
            name,
            ", ".join(piece.actions),
            ", ".join(piece.triggers),
            f"{origin.distribution} {origin.version}",
        )
    out.print(table)
    for broken in registry.broken:
        told = escape(f"{broken.name} ({broken.distribution})")
        err.print(f"[red]{told} failed to load:[/red]\n{escape(broken.traceback)}")


@pieces_app.command(name="new")
def new_piece(
    name: Annotated[str, typer.Argument(help="The piece's name, in snake_case.")],
    folder: Annotated[Path, typer.Option(help="Directory to create it in.", file_okay=False)] = Path(),
) -> None:
    """Start a piece of your own: one file, its test, its entry point."""
    from . import scaffold

    for path in scaffold.new_piece(name, folder):
        out.print(str(path), markup=False, soft_wrap=True)


@pieces_app.command(name="check")
def check_pieces(
    names: Annotated[list[str] | None, typer.Argument(help="Pieces; all when left out.")] = None,
) -> None:
    """Run the contract suite over installed pieces."""
    from . import scaffold

    raise SystemExit(scaffold.check(names or []))


# -- the instance ------------------------------------------------------------------------------------


@admin_app.command(name="api-key")
def api_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    role: Annotated[str, typer.Option(help="viewer, editor or admin.")] = "admin",
    project: Annotated[str | None, typer.Option(help="A project's id; the first one when left out.")] = None,
    platform: Annotated[
        bool, typer.Option("--platform", help="For the users of all projects, instead of one project.")
    ] = False,
) -> None:
    """Create an API key and print it; it is shown only now."""
    from . import admin

    if platform:
        print(_do(admin.make_platform_key(Settings.from_env(), name, project)))
    else:
        print(_do(admin.make_api_key(Settings.from_env(), name, role, project)))


@admin_app.command()
def user(
    email: Annotated[str, typer.Argument(help="The e-mail address to sign in with.")],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    platform_admin: Annotated[bool, typer.Option("--platform-admin", help="May do everything.")] = False,
) -> None:
    """Add a user, or let one in again: prints a one-time link to set a password."""
    from . import admin

    print(_do(admin.make_user(Settings.from_env(), email, name, platform_admin)))


@admin_app.command()
def projects() -> None:
    """List the projects."""
    from . import admin

    for project in _do(admin.list_projects(Settings.from_env())):
        out.print(f"{project.id}  {project.name}", markup=False)


Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]


@admin_app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    force: Force = False,
) -> None:
    """Write everything but the secret key into one file, checked; the server may run."""
    from . import backups

    backups.back_up(Settings.from_env(), file, force=force)


@admin_app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `switchyard admin backup` wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the existing database, which is moved to backups/.")
    ] = False,
    other_key: Annotated[
        bool,
        typer.Option("--other-key", help="Restore without the secrets in the backup, whose key is lost."),
    ] = False,
) -> None:
    """Put a backup in the place of the database; stop the server first."""
    from . import backups

    backups.restore(Settings.from_env(), file, force=force, other_key=other_key)


@app.command(name="doctor")
def doctor_command() -> None:
    """Look at the settings, the data folder, the key, the database, the pieces; say what is wrong."""
    from . import doctor

    raise SystemExit(_do(doctor.main()))


@app.command(name="audit")
def audit_command(as_json: AsJson = False) -> None:
    """Compare the ledger with a count of the tables; exit code 1 when they differ."""
    from . import audit

    raise SystemExit(_do(audit.main(Settings.from_env(), as_json)))


@app.command(name="bench")
def bench_command(
    case: Annotated[
        str,
        typer.Option(
            help="A: answered at once; B: with the flow's response; C: one HTTP POST in the branch; D: the "
            "response behind the POST; E: 100 events in a request."
        ),
    ] = "A",
    seconds: Annotated[float, typer.Option(help="Seconds that each part runs.")] = 10,
    durability: Annotated[str, typer.Option(help="full or fast.")] = "full",
    branches: Annotated[int, typer.Option(help="`case` branches of the router.")] = 5,
    rate: Annotated[
        int, typer.Option(help="Events per second offered, open loop; 0: as many as it takes.")
    ] = 0,
    open_loop: Annotated[
        bool,
        typer.Option(
            "--open-loop", help="Response times at half of the highest rate, beside those of the ceiling."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure this machine: events in, routed, done, and beside it the ceiling."""
    from .bench import command as bench

    result = bench.run(case.upper(), seconds, durability, branches, rate, open_loop=open_loop)
    if as_json:
        print(json.dumps(result))
    elif open_loop:
        bench.show_latency(result, out)
    else:
        bench.show(result, out)
