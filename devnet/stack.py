"""What a devnet consists of: services, local networks, and the product's processes over them."""

import json
import os
import secrets
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devnet import ethereum, horizon, memory, tokens
from devnet.ethereum import Anvil, anvil_program
from devnet.places import ROOT, VAR, free_port, is_listening
from devnet.services import start_services
from devnet.solana import program as solana
from devnet.sui import program as sui
from devnet.supervisor import Program, Supervisor
from devnet.vendors import keys
from devnet.vendors.prices import base_urls

BITCOIN_PORT = 18_443
ETHEREUM_BLOCK_SECONDS = 2
BITCOIN_BLOCK_SECONDS = 5
PRICES_PORT = 8_600
PRICE_STEP_SECONDS = 2
PRICE_REFRESH_SECONDS = 5
VENDOR_STEP_SECONDS = 3
BITCOIN_USER = "devnet"
WEB_THREADS = 8
WEB_WORKER = "wallet_project.web_worker.Worker"
WORKER_PROCESSES = 2
LIVE_OPTIONS = ["--ws", "websockets-sansio", "--log-level", "warning", "--lifespan", "off"]
LIVE_OPTIONS += ["--timeout-graceful-shutdown", "3", "--ws-per-message-deflate", "false"]
GIVE_WAY = ["sh", "-c", '{ echo 10 > /proc/self/autogroup; } 2>/dev/null; exec nice -n 10 "$@"', "sh"]
"""Starts a program that gives way; Linux compares whole sessions with one another, so its session does, too."""

RECORD_ON_STELLAR = {"AUDIT_ANCHOR_NETWORK": "stellar", "AUDIT_ANCHOR_SECONDS": "600"}
"""The record's anchors cost next to nothing here, and somebody should see them."""

AS_ROOT = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
"""Celery advises against running as root; on a developer's machine or in a container that may be all there is."""


@dataclass(frozen=True)
class Instance:
    """One devnet: its data, its key file, and how fast its networks are (0: blocks only when asked)."""

    data: Path
    key_file: Path
    ethereum_block_seconds: int = ETHEREUM_BLOCK_SECONDS
    bitcoin_block_seconds: int = BITCOIN_BLOCK_SECONDS
    stellar_block_seconds: int = horizon.BLOCK_SECONDS
    vendor_step_seconds: int = VENDOR_STEP_SECONDS
    is_durable: bool = True
    settings: str = "wallet_project.settings.dev"
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Product:
    """Where the running product answers: `url` for people, the ports of the processes behind it; who comes last."""

    url: str
    web: int
    live: int
    workers: Sequence[Program]


def start_networks(supervisor: Supervisor, instance: Instance) -> dict[str, str]:
    """Start services, nodes and the price sources, all side by side; return the variables that name them."""
    variables = {"DJANGO_SETTINGS_MODULE": instance.settings, "DEVNET": "1", "DEBUG": os.environ.get("DEBUG", "0")}
    variables |= dict(instance.extra)
    variables["VAPID_PUBLIC_KEY_FILE"] = str(instance.key_file.with_name("vapid.pub"))
    # Mails hold links that sign people in: into files, not into the log.
    (instance.data / "mail").mkdir(mode=0o700, parents=True, exist_ok=True)  # links in mails let people in
    variables["EMAIL_URL"] = os.environ.get("EMAIL_URL", f"file:{instance.data / 'mail'}")
    bitcoin, prices = free_port(BITCOIN_PORT), free_port(PRICES_PORT)
    password = secrets.token_urlsafe(16)
    evm = _start_evm(supervisor, instance)
    solana_port, slot_seconds = free_port(solana.PORT), instance.ethereum_block_seconds
    supervisor.start(solana.program(solana_port, instance.data / "solana", slot_seconds=slot_seconds))
    sui_port = free_port(sui.PORT)
    supervisor.start(sui.program(sui_port, instance.data / "sui", checkpoint_seconds=slot_seconds))
    supervisor.start(_bitcoin_program(bitcoin, instance, password))
    supervisor.start(_prices_program(prices, instance))
    stellar = _start_stellar(supervisor, instance)
    variables |= start_services(supervisor, instance.data, is_durable=instance.is_durable)
    variables |= _await_evm(supervisor, instance, evm)
    supervisor.wait_until("bitcoin", lambda: is_listening(bitcoin))
    supervisor.console.step(f"Bitcoin (regtest on Bitcoin Core's kernel) on port {bitcoin}")
    supervisor.wait_until("solana", lambda: is_listening(solana_port))
    supervisor.console.step(f"Solana (its own virtual machine) on port {solana_port}")
    supervisor.wait_until("sui", lambda: is_listening(sui_port))
    supervisor.console.step(f"Sui (a simulated ledger behind its real messages) on port {sui_port}")
    supervisor.wait_until("prices", lambda: is_listening(prices))
    supervisor.console.step(f"price sources (sandbox) on port {prices}")
    variables |= _await_stellar(supervisor, instance, stellar)
    variables |= {
        **base_urls(f"http://127.0.0.1:{prices}"),
        **solana.variables(solana_port, slot_seconds=slot_seconds),
        **sui.variables(sui_port, checkpoint_seconds=slot_seconds),
        "PRICE_REFRESH_SECONDS": str(PRICE_REFRESH_SECONDS),
        "BITCOIN_RPC_URLS": f"http://{BITCOIN_USER}:{password}@127.0.0.1:{bitcoin}",
        "BITCOIN_CHAIN": "regtest",
        "BITCOIN_CONFIRMATIONS": "2",
        "BITCOIN_FINAL_DEPTH": "6",
        "BITCOIN_BLOCK_SECONDS": str(instance.bitcoin_block_seconds or BITCOIN_BLOCK_SECONDS),
    }
    return variables | _start_vendors(supervisor, instance, variables)


def send_webhooks(variables: Mapping[str, str], product_url: str) -> None:
    """Tell the sandboxes of payment companies where the product is, as soon as it is known."""
    body = json.dumps({"url": product_url}).encode()
    url = f"{variables[keys.CONTROL_URL]}/_ctl/webhooks"
    urllib.request.urlopen(url, body, timeout=5).close()  # noqa: S310


def prepare(supervisor: Supervisor, variables: Mapping[str, str], instance: Instance) -> None:
    """Migrate the four databases and set up custody, unless an earlier start did just that on the same data."""
    if memory.is_prepared(data=instance.data, key_file=instance.key_file):
        supervisor.console.step("databases and custody are as the last start left them")
        return
    instance.key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    supervisor.run(command_program("prepare", ["prepare_devnet"], {**variables, **key_variables(instance)}))
    memory.remember_prepared(data=instance.data)
    supervisor.console.step(f"databases migrated, custody ready; the development keys are in {instance.key_file}")


def start_product(supervisor: Supervisor, variables: Mapping[str, str], instance: Instance, *, port: int) -> Product:
    """Start what people reach; return the address for the browser. It may take seconds until it answers."""
    web, live = free_port(), free_port()
    metrics = instance.data / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)  # the counters of processes that have ended
    variables = {**RECORD_ON_STELLAR, **variables, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    for program in _front_programs(variables, port=port, web=web, live=live):
        supervisor.start(program)
    workers = _worker_programs(variables, instance)
    return Product(url=f"http://127.0.0.1:{port}", web=web, live=live, workers=workers)


def wait_for_product(supervisor: Supervisor, product: Product) -> None:
    """Wait until people are answered; only then start the workers, which would make them wait twice as long."""
    supervisor.wait_until("web", lambda: _answers(f"http://127.0.0.1:{product.web}/health/live"), seconds=60)
    supervisor.wait_until("live", lambda: is_listening(product.live), seconds=60)
    supervisor.wait_until("front", lambda: _answers(f"{product.url}/health/live"), seconds=10)
    for program in product.workers:
        supervisor.start(program)
    supervisor.console.step("web, live and front are up; workers and beat are starting")


def command_program(name: str, arguments: list[str], variables: Mapping[str, str]) -> Program:
    """Describe a manage.py command."""
    command = [sys.executable, "manage.py", *arguments]
    return Program(name, command, environment={**variables, "HOLDFAST_ROLE": "command"}, folder=ROOT)


def key_variables(instance: Instance) -> dict[str, str]:
    """Return what gives a process the keys: only workers and the commands that make keys get it."""
    return {
        "KEY_PROVIDER": "local",
        "KEY_FILE": str(instance.key_file),
        "AUDIT_KEY_FILE": str(instance.key_file.with_name("audit.pem")),
        "AUDIT_ANCHOR_FILE": str(instance.data / "anchor" / "checkpoints.jsonl"),
        "VAPID_KEY_FILE": str(instance.key_file.with_name("vapid.pem")),
    }


def secret_key(data: Path) -> str:
    """Return this instance's Django secret, made at its first start."""
    path = data / "secret.key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def _start_vendors(supervisor: Supervisor, instance: Instance, nodes: Mapping[str, str]) -> dict[str, str]:
    """Start the sandboxes of payment companies, which pay out of these nodes' faucets; return how to reach them."""
    ports = {code: free_port() for code in keys.CODES}
    control = free_port()
    secret = keys.new_keys()
    command = [sys.executable, "-m", "devnet.vendors", "--control-port", str(control)]
    command += ["--step-seconds", str(instance.vendor_step_seconds)]
    command += [part for code, port in ports.items() for part in (f"--{code}-port", str(port))]
    environment = secret | {name: nodes[name] for name in ("BITCOIN_RPC_URLS", "ETHEREUM_RPC_URLS")}
    supervisor.start(Program("vendors", command, environment=environment, folder=ROOT, is_service=True))
    supervisor.wait_until("vendors", lambda: is_listening(control))
    supervisor.console.step(f"payment companies (sandboxes) with controls on port {control}")
    return secret | keys.places(ports, control_port=control)


def _start_evm(supervisor: Supervisor, instance: Instance) -> dict[ethereum.Local, int]:
    """Start a node of each EVM network; return their ports. They are not waited for."""
    ports = {network: free_port(network.port) for network in ethereum.NETWORKS}
    seconds = instance.ethereum_block_seconds
    for network, port in ports.items():
        supervisor.start(anvil_program(port, instance.data / network.code, block_seconds=seconds, network=network))
    return ports


def _await_evm(supervisor: Supervisor, instance: Instance, ports: Mapping[ethereum.Local, int]) -> dict[str, str]:
    """Wait for these nodes and put a dollar on each, unless it is there; return the variables that name them."""
    variables: dict[str, str] = {}
    for network, port in ports.items():
        url, prefix = f"http://127.0.0.1:{port}", network.code.upper()
        supervisor.wait_until(network.code, Anvil(url, timeout_seconds=1).is_ready)
        node = Anvil(url)
        if not tokens.has_first(node):
            tokens.deploy(node, "Dollar", decimals=network.token_decimals)
        supervisor.console.step(f"{network.name} (anvil, chain {network.chain_id}) on port {port}")
        variables |= {
            f"{prefix}_RPC_URLS": url,
            f"{prefix}_CHAIN": str(network.chain_id),
            f"{prefix}_TOKENS": f"{network.token}={tokens.FIRST}",
            f"{prefix}_CONFIRMATIONS": str(ethereum.CONFIRMATIONS),
            f"{prefix}_FINAL_DEPTH": str(ethereum.FINAL_DEPTH),
            f"{prefix}_BLOCK_SECONDS": str(instance.ethereum_block_seconds or ETHEREUM_BLOCK_SECONDS),
        }
    return variables


def _start_stellar(supervisor: Supervisor, instance: Instance) -> int:
    """Start the Stellar ledger; return its port. It is not waited for."""
    port = free_port(horizon.PORT)
    supervisor.start(horizon.program(port, instance.data / "stellar", close_seconds=instance.stellar_block_seconds))
    return port


def _await_stellar(supervisor: Supervisor, instance: Instance, port: int) -> dict[str, str]:
    supervisor.wait_until("stellar", lambda: is_listening(port))
    supervisor.console.step(f"Stellar (a simulated ledger behind Horizon's paths) on port {port}")
    return horizon.variables(port, close_seconds=instance.stellar_block_seconds)


def _bitcoin_program(port: int, instance: Instance, password: str) -> Program:
    arguments = ["--port", str(port), "--data", str(instance.data / "bitcoin"), "--user", BITCOIN_USER]
    arguments += ["--block-seconds", str(instance.bitcoin_block_seconds)]
    command = [sys.executable, "-m", "devnet.bitcoin", *arguments]
    environment = {"BITCOIN_NODE_PASSWORD": password}
    return Program("bitcoin", command, environment=environment, folder=ROOT, is_service=True)


def _prices_program(port: int, instance: Instance) -> Program:
    """Describe the sandbox of price sources; where blocks come only when asked for, prices move only when set."""
    step = PRICE_STEP_SECONDS if instance.ethereum_block_seconds else 0
    command = [sys.executable, "-m", "devnet.vendors.prices", "--port", str(port), "--step-seconds", str(step)]
    return Program("prices", command, folder=ROOT, is_service=True)


def _front_programs(variables: Mapping[str, str], *, port: int, web: int, live: int) -> list[Program]:
    python = sys.executable
    gunicorn = [python, "-m", "gunicorn", "wallet_project.wsgi", "--bind", f"127.0.0.1:{web}"]
    gunicorn += ["--config", "python:wallet_project.gunicorn_config"]
    gunicorn += ["--worker-class", WEB_WORKER, "--workers", "2", "--threads", str(WEB_THREADS), "--keep-alive", "75"]
    gunicorn += ["--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"]
    gunicorn += ["--reload"] if variables["DEBUG"] == "1" else []
    uvicorn = [python, "-m", "uvicorn", "wallet_project.asgi:application", "--host", "127.0.0.1"]
    uvicorn += ["--port", str(live), *LIVE_OPTIONS]
    front = [python, "-m", "devnet.front", "--port", str(port), "--web", str(web), "--live", str(live)]
    commands = {"web": gunicorn, "live": uvicorn, "front": front}
    return [_product_program(name, command, variables) for name, command in commands.items()]


def _worker_programs(variables: Mapping[str, str], instance: Instance) -> list[Program]:
    python = sys.executable
    celery = [python, "-m", "celery", "--quiet", "-A", "wallet_project"]
    alone = ["--without-gossip", "--without-mingle"]
    worker = ["worker", "--concurrency", str(WORKER_PROCESSES), "--loglevel", "INFO", "--queues", "celery", *alone]
    # A worker that has its hands full keeps nobody's news waiting: one of its own, without keys, passes them on.
    relay = ["worker", "--pool", "solo", "--queues", "live", "--hostname", "relay@%h", "--loglevel", "INFO", *alone]
    # What reads the events afterwards: it gives way to everything else when the machine has its hands full.
    background = ["worker", "--pool", "solo", "--queues", "background", "--hostname", "background@%h"]
    background += ["--loglevel", "INFO", *alone]
    # The plain scheduler keeps nothing on disk: beat only rings, and the rows are the queue.
    beat = ["beat", "--scheduler", "celery.beat.Scheduler", "--loglevel", "WARNING", "--pidfile", ""]
    keys = key_variables(instance)
    record = {name: value for name, value in keys.items() if name.startswith("AUDIT_")}
    plain = {**variables, "DEBUG": "0"}
    as_worker = {**plain, **AS_ROOT, "HOLDFAST_ROLE": "worker"}
    bus = [_product_program("bus", [python, "manage.py", "run_bus"], variables)]
    return [
        # two cores are few for one more reader of events
        *(bus if os.environ.get("EVENTS_KNOCK") == "1" else []),
        _product_program("relay", celery + relay, as_worker),
        _product_program("worker", celery + worker, as_worker | keys),
        _product_program("background", [*GIVE_WAY, *celery, *background], as_worker | record),
        _product_program("beat", celery + beat, plain),
    ]


def _product_program(name: str, command: list[str], environment: Mapping[str, str]) -> Program:
    return Program(name, command, environment={"HOLDFAST_ROLE": name, **environment}, folder=ROOT)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def default_data() -> Path:
    return VAR / "devnet"
