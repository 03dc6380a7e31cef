"""Which package holds the local Ethereum node on which system, and what is run to fetch it."""

import json

import pytest

from devnet import anvil_package
from devnet.places import ROOT


@pytest.mark.parametrize(
    ("system", "machine", "package"),
    [
        ("Linux", "x86_64", "@foundry-rs/anvil-linux-amd64"),
        ("Linux", "aarch64", "@foundry-rs/anvil-linux-arm64"),
        ("Darwin", "arm64", "@foundry-rs/anvil-darwin-arm64"),
        ("Darwin", "x86_64", "@foundry-rs/anvil-darwin-amd64"),
        ("Linux", "riscv64", None),
        ("FreeBSD", "amd64", None),
        ("Windows", "AMD64", None),
    ],
)
def test_each_system_has_its_package_or_none(system: str, machine: str, package: str | None) -> None:
    assert anvil_package.package_name(anvil_package.platform_name(system, machine)) == package


@pytest.mark.parametrize("platform", ["linux-arm64", "darwin-arm64", "darwin-amd64"])
def test_what_is_not_locked_is_fetched_by_name_and_changes_no_file_of_ours(platform: str) -> None:
    command = anvil_package.install_command(platform, "1.7.1", has_binary=False, has_foundry=False)
    assert command is not None
    assert command[:4] == ["npm", "install", "--no-save", "--ignore-scripts"]
    assert command[-1] == f"@foundry-rs/anvil-{platform}@1.7.1"


@pytest.mark.parametrize(
    ("platform", "has_binary", "has_foundry"),
    [
        ("linux-amd64", True, False),
        ("darwin-arm64", True, True),
        ("darwin-arm64", False, True),
        ("linux-riscv64", False, False),
        ("freebsd-amd64", False, True),
    ],
)
def test_nothing_is_fetched_where_a_node_is_or_none_exists(platform: str, has_binary: bool, has_foundry: bool) -> None:
    command = anvil_package.install_command(platform, "1.7.1", has_binary=has_binary, has_foundry=has_foundry)
    assert command is None


def test_the_version_is_the_one_that_is_locked() -> None:
    version = anvil_package.read_version(ROOT)
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert lock["packages"][f"node_modules/{anvil_package.LOCKED}"]["version"] == version
    assert version[0].isdigit(), "exactly this version, no range"


@pytest.mark.parametrize(
    ("platform", "why"),
    [
        ("darwin-arm64", "npm could not install @foundry-rs/anvil-darwin-arm64@1.7.1"),
        ("linux-riscv64", "none is published on npm for linux-riscv64"),
    ],
)
def test_where_there_is_no_node_it_is_said_why_and_what_to_do(platform: str, why: str) -> None:
    text = anvil_package.missing_text(platform, "1.7.1")
    assert why in text
    assert "Install Foundry 1.7.1" in text
    assert "https://getfoundry.sh" in text
