"""From a bare Python to an environment that has what `up` and `test` need."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from chatsite.bootstrap import PYTHON, Environment, enter
from chatsite.supervisor.process import ROOT

BASE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))
PROGRAM = """
import sys
from chatsite import bootstrap
bootstrap.enter(sys.argv[1], sys.argv[2:])
import tinything
print("inside", sys.prefix, tinything.WORD, sys.argv[2:])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project like ours, but with one small package and nothing else."""
    root = tmp_path / "project"
    (root / "chatsite").mkdir(parents=True)
    (root / "chatsite" / "__init__.py").touch()
    shutil.copy(ROOT / "chatsite" / "bootstrap.py", root / "chatsite")
    (root / "manage.py").write_text(PROGRAM)
    require(root, word="first")
    return root


def require(root: Path, *, word: str, digest: str | None = None) -> None:
    wheel = make_wheel(root, word=word)
    digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
    (root / "requirements.in").write_text("tinything\n")
    (root / "requirements.txt").write_text(f"tinything @ {wheel.as_uri()} \\\n    --hash=sha256:{digest}\n")


def make_wheel(folder: Path, *, word: str) -> Path:
    version = f"1.{len(word)}"
    path = folder / f"tinything-{version}-py3-none-any.whl"
    about = f"tinything-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tinything.py", f"WORD = {word!r}\n")
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tinything\nVersion: {version}\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return path


def run(root: Path, *arguments: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    env = {"PATH": path, "HOME": str(root), "PIP_NO_INDEX": "1", "UV_OFFLINE": "1", "UV_CACHE_DIR": str(root / "cache")}
    command = [BASE_PYTHON, str(root / "manage.py"), *arguments]
    return subprocess.run(command, env=env, text=True, capture_output=True, check=False)


def complete(root: Path) -> Environment:
    """An environment that looks installed, without the cost of installing."""
    environment = Environment(root, needs=["requirements"])
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    digest = hashlib.sha256((root / "requirements.txt").read_bytes()).hexdigest()
    environment.stamp.write_text(json.dumps({"python": PYTHON, "requirements.txt": digest}))
    return environment


def test_pip_makes_the_environment_once_and_the_command_goes_on_inside(project: Path) -> None:
    first = run(project, "up", "--port", "9000")
    assert f"inside {project}/.venv first ['--port', '9000']" in first.stdout, first.stderr
    assert "Installing" in first.stdout
    assert "Installed by pip" in first.stdout
    second = run(project, "up")
    assert second.stdout == f"inside {project}/.venv first []\n"
    require(project, word="second")
    third = run(project, "up")
    assert "Installed by pip" in third.stdout
    assert f"inside {project}/.venv second []" in third.stdout


@pytest.mark.skipif(not shutil.which("uv"), reason="there is no uv on this machine")
def test_uv_is_used_where_it_is(project: Path) -> None:
    done = run(project, "up", path=os.environ["PATH"])
    assert "Installed by uv" in done.stdout, done.stdout + done.stderr
    assert f"inside {project}/.venv first []" in done.stdout


def test_pip_helps_out_where_uv_fails(project: Path) -> None:
    broken = project / "bin"
    broken.mkdir()
    (broken / "uv").write_text("#!/bin/sh\nexit 1\n")
    (broken / "uv").chmod(0o755)
    done = run(project, "up", path=f"{broken}:/usr/bin:/bin")
    assert "Installed by pip" in done.stdout
    assert f"inside {project}/.venv first []" in done.stdout


def test_a_package_with_another_hash_is_refused_and_nothing_passes_for_done(project: Path) -> None:
    require(project, word="first", digest="0" * 64)
    done = run(project, "up")
    assert done.returncode != 0
    assert "The installation failed" in done.stderr
    assert "inside" not in done.stdout
    assert not Environment(project, needs=["requirements"]).is_complete()


def test_an_active_environment_with_the_packages_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "requirements.in").write_text(
        '# What it runs on\n-c requirements.txt\nDjango~=5.2\npytest\npywin32 ; sys_platform == "win32"\n'
    )
    enter("up", [], root=tmp_path)
    assert not (tmp_path / ".venv").exists()


def test_a_package_that_is_missing_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "requirements.in").write_text("django\ntinything[extra]>=1\n")
    assert not Environment(tmp_path, needs=["requirements"]).has_packages()


def test_an_environment_is_complete_while_its_requirements_stay_the_same(project: Path) -> None:
    environment = complete(project)
    assert environment.is_complete()
    require(project, word="other")
    assert not environment.is_complete()


def test_an_environment_without_its_stamp_was_interrupted(project: Path) -> None:
    environment = complete(project)
    environment.stamp.unlink()
    assert not environment.is_complete()


def test_an_environment_whose_python_is_gone_is_not_complete(project: Path) -> None:
    environment = complete(project)
    environment.python.unlink()
    environment.python.symlink_to("/nowhere/python3")
    assert not environment.is_complete()


def test_test_needs_the_development_requirements_too(project: Path) -> None:
    complete(project)
    (project / "requirements-dev.txt").write_text("")
    assert not Environment(project, needs=["requirements", "requirements-dev"]).is_complete()


def test_without_a_venv_module_the_sentence_says_what_to_type(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match=f"apt install python{PYTHON}-venv"):
        Environment(project, needs=["requirements"]).install()


def test_any_other_command_without_django_names_the_two_that_install_it() -> None:
    done = subprocess.run([BASE_PYTHON, "-S", "manage.py", "migrate"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "`python3 manage.py up`" in done.stderr
    assert "`python3 manage.py test`" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("version", ["(3, 10, 4)", "(3, 14, 0)"])
def test_a_python_too_old_or_too_new_gets_one_sentence(version: str) -> None:
    pretend = f"import sys, runpy; sys.version_info = {version}; runpy.run_path('manage.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Python 3.11 to 3.13" in done.stderr
    assert len(done.stderr.splitlines()) == 1
