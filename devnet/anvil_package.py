"""Which npm package holds anvil, the local Ethereum node, for a system; decided with the standard library only."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOCKED = "@foundry-rs/anvil-linux-amd64"
"""The one that package.json names and package-lock.json pins by its content; its version holds for all."""
PLATFORMS = ("linux-amd64", "linux-arm64", "darwin-arm64", "darwin-amd64")
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def platform_name(system: str, machine: str) -> str:
    """Return Foundry's name for what Python's platform.system() and platform.machine() say, such as darwin-arm64."""
    return f"{system.lower()}-{MACHINES.get(machine.lower(), machine.lower())}"


def package_name(platform: str) -> str | None:
    """Return the npm package with the platform's binary, or None if Foundry publishes none that fits here."""
    return f"@foundry-rs/anvil-{platform}" if platform in PLATFORMS else None


def binary_path(root: Path, platform: str) -> Path:
    """Return where npm puts the platform's binary."""
    return root / "node_modules" / "@foundry-rs" / f"anvil-{platform}" / "bin" / "anvil"


def pinned_version(manifest: Mapping[str, Any]) -> str:
    """Return the version of anvil that package.json asks for."""
    return str(manifest["optionalDependencies"][LOCKED])


def read_version(root: Path) -> str:
    """Return the pinned version of this checkout."""
    return pinned_version(json.loads((root / "package.json").read_text()))


def install_command(platform: str, version: str, *, has_binary: bool, has_foundry: bool) -> list[str] | None:
    """
    Return what fetches anvil, or None if nothing should: it is here already, or there is nothing to fetch.

    It leaves package.json and package-lock.json as they are and runs nothing that the package brings.
    """
    package = package_name(platform)
    if has_binary or has_foundry or package is None:
        return None
    quiet = ["--no-audit", "--no-fund", "--loglevel", "error"]
    return ["npm", "install", "--no-save", "--ignore-scripts", *quiet, f"{package}@{version}"]


def missing_text(platform: str, version: str) -> str:
    """Say that there is no node, why, and what to do."""
    package = package_name(platform)
    why = f"npm could not install {package}@{version}" if package else f"none is published on npm for {platform}"
    return (
        f"There is no local Ethereum node (anvil) for this system, {platform}: {why}.\n"
        f"Install Foundry {version} so that `anvil` is on the PATH (https://getfoundry.sh), then try again.\n"
        "Without it `make run`, `make test` and `make demo` cannot start; `make check` and `make unit` can."
    )
