"""Real brokers for tests: NATS from its wheel, RabbitMQ from Debian. Each on free ports."""

import os
import shutil
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import answers, free_ports, running
from tests.support.receiver import certificate

NAME = "broker.example"
"""What the brokers' certificate is made out for."""
USER, PASSWORD = "switchyard", "pass word/@1"

_RABBIT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_RABBIT_START_S = 90


@dataclass(frozen=True)
class Broker:
    """A running broker."""

    port: int
    tls_port: int
    trust: ssl.SSLContext


def no_rabbit() -> str:
    """Why no RabbitMQ can be had here; empty if it can."""
    if not _RABBIT.exists() or shutil.which("epmd") is None:
        return "RabbitMQ is not installed (`make test` installs it as root on Debian)"
    return ""


@contextmanager
def nats(directory: Path) -> Iterator[Broker]:
    """A NATS server with JetStream, a user that may publish anywhere but `forbidden`, and TLS beside it."""
    _, trust, pem = certificate(directory, NAME)
    ports = free_ports(2)
    permissions = 'permissions: { publish: { allow: [">"], deny: ["forbidden"] } }'
    user = f'authorization {{ users: [{{ user: "{USER}", password: "{PASSWORD}", {permissions} }}] }}'
    tls = f'tls {{ cert_file: "{pem}", key_file: "{pem.with_suffix(".key")}", timeout: 5 }}'
    plain, secure = directory / "nats.conf", directory / "nats-tls.conf"
    head = 'host: "127.0.0.1"\nmax_payload: 65536\n'
    plain.write_text(f'{head}port: {ports[0]}\njetstream {{ store_dir: "{directory / "js"}" }}\n{user}\n')
    secure.write_text(f"{head}port: {ports[1]}\n{user}\n{tls}\n")
    program = Path(sys.executable).with_name("nats-server")
    with (
        running([str(program), "-c", str(plain)], directory),
        running([str(program), "-c", str(secure)], directory),
    ):
        for port in ports:
            answers(port, 20)
        yield Broker(*ports, trust)


@contextmanager
def rabbit(directory: Path) -> Iterator[Broker]:
    """A RabbitMQ node of our own with TLS beside; user and password are `guest`."""
    _, trust, pem = certificate(directory, NAME)
    port, tls_port, dist, epmd = free_ports(4)
    config = directory / "rabbitmq.conf"
    config.write_text(
        f"listeners.tcp.1 = 127.0.0.1:{port}\nlisteners.ssl.1 = 127.0.0.1:{tls_port}\n"
        f"ssl_options.cacertfile = {pem}\nssl_options.certfile = {pem}\n"
        f"ssl_options.keyfile = {pem.with_suffix('.key')}\nssl_options.verify = verify_none\n"
    )
    plugins = directory / "plugins"
    plugins.write_text("[].\n")
    environment = {
        **os.environ,
        "HOME": str(directory),
        "ERL_EPMD_PORT": str(epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"switchyard{port}@localhost",
        "RABBITMQ_DIST_PORT": str(dist),
        "RABBITMQ_CONFIG_FILE": str(config),
        "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
    }
    with running(["epmd", "-port", str(epmd)], directory, environment):
        answers(epmd, 20)
        with running([str(_RABBIT)], directory, environment):
            answers(port, _RABBIT_START_S)
            answers(tls_port, _RABBIT_START_S)
            yield Broker(port, tls_port, trust)
