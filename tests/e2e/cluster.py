"""One instance made of many processes: `fedcop web` and `fedcop worker` on one PostgreSQL, behind nginx with TLS, each killed and started at will.

`web1` and `worker1` are machine 1, and so on.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg
from aiohttp import ClientSession, CookieJar, TCPConnector

from tests.e2e.instances import COMMAND, ROOT, Client, Instance, free_port, until
from tests.e2e.warm import Warm
from tests.rig.database import PostgresServer
from tests.rig.fakeweb import authority, trusting

OURS = ROOT / "deploy" / "proxies" / "nginx.conf"
AROUND = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn; worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/fedcop.conf;
}}
"""


class SafeClient(Client):
    """A client that trusts our authority."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = ClientSession(cookie_jar=CookieJar(unsafe=True), connector=TCPConnector(ssl=trusting()))


class Cluster(Instance):
    """One organisation's servers."""

    def __init__(self, folder: Path, name: str, database: str, web: int = 2, workers: int = 2, **settings: str) -> None:
        super().__init__(folder, name, FEDCOP_DATABASE=database, FEDCOP_TRUSTED_PROXIES="127.0.0.1", **settings)
        self.database = database
        self.url, self.host = f"https://localhost:{self.port}", f"localhost:{self.port}"
        self.ports = {f"web{number}": free_port() for number in range(1, web + 1)}
        self.workers = tuple(f"worker{number}" for number in range(1, workers + 1))
        self.processes: dict[str, subprocess.Popen[bytes] | Warm] = {}
        self.proxy: subprocess.Popen[bytes] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All its processes."""
        return (*self.ports, *self.workers)

    async def start(self) -> None:
        """Start all, the first alone: it makes the tables."""
        self.folder.mkdir(parents=True, exist_ok=True)
        first, *others = self.names
        await self.raise_one(first)
        await asyncio.gather(*(self.raise_one(name) for name in others))

    async def raise_one(self, name: str) -> None:
        """Start a process and wait until it serves."""
        log = self.folder / f"{name}.log"
        log.touch()
        before = log.stat().st_size
        environment = self.environment | {"FEDCOP_PORT": str(self.ports.get(name, 1))}
        word = name.rstrip("0123456789")
        if self.warm:
            self.processes[name] = Warm([word], env=environment, said=log)
        else:
            with log.open("ab") as said:
                self.processes[name] = subprocess.Popen(
                    [*COMMAND, word], cwd=ROOT, env=environment, stdout=said, stderr=said
                )

        async def serves() -> bool:
            assert self.processes[name].poll() is None, f"{name} ended: {log.read_text()[-3000:]}"
            return b" serves " in log.read_bytes()[before:]

        await until(serves, lambda: f"{name} does not start: {log.read_text()[-2000:]}", seconds=60)

    async def end_one(self, name: str, how: int = signal.SIGTERM) -> int:
        """Ask a process to end, or kill it; gives its exit code."""
        self.processes[name].send_signal(how)
        return await asyncio.to_thread(self.processes[name].wait, 40)

    async def restart(self, number: int, how: int = signal.SIGTERM) -> list[int]:
        """Restart a machine, its web and its worker, as an upgrade or an accident would; gives their exit codes."""
        names = [name for name in self.names if name.endswith(str(number))]
        codes = await asyncio.gather(*(self.end_one(name, how) for name in names))
        await asyncio.gather(*(self.raise_one(name) for name in names))
        return list(codes)

    async def put_proxy_in_front(self) -> None:
        """Run nginx with the configuration that we give to people, and a certificate of our own authority."""
        certificate = authority().issue_cert("localhost")
        certificate.private_key_pem.write_to_path(str(self.folder / "key.pem"))
        for number, part in enumerate(certificate.cert_chain_pems):
            part.write_to_path(str(self.folder / "cert.pem"), append=number > 0)
        servers = "\n".join(f"server 127.0.0.1:{port} max_fails=0;" for port in self.ports.values())
        text = OURS.read_text("utf-8")
        for ours, here in (
            ("server 127.0.0.1:8000 max_fails=0;", servers),
            ("listen 443 ", f"listen 127.0.0.1:{self.port} "),
            ("    listen [::]:443 ssl http2;\n", ""),
            ("server_name coop.example;", "server_name localhost;"),
            ("/etc/letsencrypt/live/coop.example/fullchain.pem", f"{self.folder}/cert.pem"),
            ("/etc/letsencrypt/live/coop.example/privkey.pem", f"{self.folder}/key.pem"),
        ):
            assert ours in text, f"{OURS.name} has no {ours!r} any more"
            text = text.replace(ours, here)
        (self.folder / "fedcop.conf").write_text(text)
        (self.folder / "nginx.conf").write_text(AROUND.format(folder=self.folder))
        command = ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        with (self.folder / "nginx.out").open("wb") as said:
            self.proxy = subprocess.Popen(command, stdout=said, stderr=said)

        async def answers() -> bool:
            assert self.proxy is not None and self.proxy.poll() is None, (self.folder / "nginx.out").read_text()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                return False
            writer.close()
            return True

        await until(answers, "nginx does not answer")

    def client(self) -> Client:
        """A client that speaks to the proxy."""
        return SafeClient(self.url)

    async def asked(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Ask the database beside it."""
        connection = await asyncpg.connect(self.database)
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()

    async def number(self, query: str) -> int:
        """Ask the database beside it for one number."""
        return int((await self.asked(query))[0][0])

    @property
    def log(self) -> str:
        """What the processes said."""
        return "\n".join(f"== {path.name}\n{path.read_text('utf-8', 'replace')}" for path in self.folder.glob("*.log"))

    def kill(self) -> None:
        """End everything as a power cut would."""
        for process in (*self.processes.values(), *([self.proxy] if self.proxy else [])):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM if process is self.proxy else signal.SIGKILL)
                process.wait()


class Pair(Cluster):
    """`fedcop web` and `fedcop worker`, without a proxy, on a PostgreSQL that may be ended and started, too."""

    def __init__(self, folder: Path, name: str, server: PostgresServer, **settings: str) -> None:
        super().__init__(folder, name, f"{server.url}/{name}", web=1, workers=1, **settings)
        self.server = server
        self.port = self.ports["web1"]
        self.url, self.host = f"http://localhost:{self.port}", f"localhost:{self.port}"

    async def start(self) -> None:
        """Start all, on a database of their own."""
        connection = await asyncpg.connect(f"{self.server.url}/postgres")
        await connection.execute(f'CREATE DATABASE "{self.name}"')
        await connection.close()
        await super().start()

    def client(self) -> Client:
        """A client that speaks to its pages."""
        return Client(self.url)


def has_nginx() -> bool:
    """Whether nginx is on this machine."""
    return shutil.which("nginx") is not None
