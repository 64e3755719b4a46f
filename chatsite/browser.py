"""The browser for the tests: one that is there, else Debian's, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

KNOWN = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_or_install() -> str:
    """The path of a Chromium; empty when there is none and none could be had."""
    return find() or _from_debian() or _from_playwright()


def find() -> str:
    given = os.environ.get("CHROMIUM", "")
    return given or next(filter(None, map(shutil.which, KNOWN)), "")


def _from_debian() -> str:
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        return ""
    _say("Installing Debian's chromium, once …")
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    if not _succeeds(install):
        _succeeds(["apt-get", "update", "-qq"])
        _succeeds(install)
    return shutil.which("chromium") or ""


def _from_playwright() -> str:
    _say("Installing Playwright's Chromium, once …")
    if not _succeeds([sys.executable, "-m", "playwright", "install", "chromium"]):
        return ""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _succeeds(command: list[str]) -> bool:
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=quietly, stdout=subprocess.DEVNULL, check=False).returncode == 0  # noqa: S603


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
