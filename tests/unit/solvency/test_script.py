"""The script that people run: it stands alone, is short, and says yes or no and why."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import solvency
from tests.unit.solvency.test_tree import forest, name

SCRIPT = Path(solvency.__file__).parent / "check_inclusion.py"


def run(folder: Path, proof: Any, roots: Any, *more: str) -> tuple[int, str]:
    files = []
    for label, document in (("proof", proof), ("roots", roots)):
        path = folder / f"{label}.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        files.append(str(path))
    # -I: isolated, so that nothing of the project can be imported.
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *files, *more], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_it_says_yes_and_no(tmp_path: Path) -> None:
    grown = forest({4: 10, 77: 20})
    proof, roots = grown.proof(4), grown.roots()
    code, said = run(tmp_path, proof, roots, "--person", name(4), "--balance", "10")
    assert code == 0
    assert said.startswith(f"YES: 10 minor units of BTC of {name(4)} are counted in the total of 30")
    assert grown.root[:32].hex() in said
    assert run(tmp_path, proof, roots, "--balance", "11") == (1, "NO: The proof says 10, not 11.\n")
    assert run(tmp_path, proof, roots, "--person", name(5))[0] == 1
    proof["balance"] = "9"
    code, said = run(tmp_path, proof, roots)
    assert (code, said) == (1, "NO: The way up from your balance does not lead to the published root.\n")


def test_what_it_prints_is_its_own(tmp_path: Path) -> None:
    """No file can have a terminal show something else, and half a letter does not make it stumble."""
    grown = forest({4: 10})
    proof, roots = grown.proof(4), grown.roots()
    for text in ("\x1b[2JYES", "now\nYES: all is well", "\ud800", "\u202e", ""):
        assert run(tmp_path, proof, json.dumps(roots | {"at": text}))[1].startswith("NO: ")
        assert run(tmp_path, json.dumps(proof | {"asset": text}), roots)[1].startswith("NO: ")


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[[[[", '{"format": 1}', '{"a": 1, "a": 2}', "[" * 100_000])
def test_what_is_no_proof_is_refused_in_words(tmp_path: Path, text: str) -> None:
    grown = forest({4: 10})
    assert run(tmp_path, text, grown.roots())[1].startswith("NO: ")
    assert run(tmp_path, grown.proof(4), text)[1].startswith("NO: ")


def test_it_stands_alone_and_can_be_read_at_one_sitting() -> None:
    text = SCRIPT.read_text()
    assert len(text.splitlines()) < 200
    imported = set()
    for part in ast.walk(ast.parse(text)):
        if isinstance(part, ast.Import):
            imported |= {each.name for each in part.names}
        elif isinstance(part, ast.ImportFrom):
            imported.add(str(part.module))
    assert {each.partition(".")[0] for each in imported} <= sys.stdlib_module_names
