"""`python tests/load/chaos.py`: the whole site under faults, and whether the delivery promise was kept.

Two web processes, a worker, PostgreSQL, Valkey and a scripted model, all on loopback and on data of their own; thirty
clients, ten of them writing; everything is killed, frozen or emptied while they talk. Ends with a line for each of
I1 to I8, and with exit status 1 when one is broken.
"""

import argparse
import asyncio
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from tests.load import canary, ways  # noqa: E402
from tests.load.stage import WEB, Stage  # noqa: E402


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stage = Stage(ways=dict.fromkeys(WEB, ways.tutorial)) if options.tutorial else Stage()
    try:
        return _run(stage, options)
    except KeyboardInterrupt:
        return 130
    finally:
        stage.close()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("chaos.py", description="Keeps the delivery promise under faults, or tells.")
    parser.add_argument("--seconds", type=float, help="how long people write (default: 300; short: 16)")
    parser.add_argument("--short", action="store_true", help="only faults that heal within seconds")
    parser.add_argument("--tutorial", action="store_true", help="the tutorial's way instead of ours: must fail")
    parser.add_argument("--logs", type=Path, help="a folder that gets what all programs printed")
    options = parser.parse_args(arguments)
    options.seconds = options.seconds or (16.0 if options.short or options.tutorial else 300.0)
    return options


def _run(stage: Stage, options: argparse.Namespace) -> int:
    _say("Starting two web processes, a worker, PostgreSQL, Valkey and a model …")
    stage.open()
    # Django is set up from here on.
    from tests.load.cast import gather
    from tests.load.play import Play

    cast = gather()
    stage.admit()
    word = f"quartzfalcon{secrets.token_hex(6)}"
    listener = canary.Listener(stage.valkey, canary.needles(word))
    listener.start()
    try:
        play = Play(stage, cast, canary=word)
        evidence = asyncio.run(_perform(play, options))
    finally:
        listener.stop()
        _write_logs(stage, options.logs)
    stage.empty()
    evidence.leaks = _leaks(stage, listener, canary.needles(word))
    return _report(play, evidence)


async def _perform(play: Any, options: argparse.Namespace) -> Any:
    from tests.load import script

    way = script.tutorial if options.tutorial else script.short if options.short else script.long
    cues = way(play.faults, play.cast, seconds=options.seconds)
    _say(f"{len(play.players)} clients, {len(play.senders)} of them writing for {options.seconds:.0f} s …")
    began = time.monotonic()
    try:
        await play.perform(cues, seconds=options.seconds, asks_after=options.seconds / 2 if options.short else 0)
        _say(f"Quiet after {time.monotonic() - began:.0f} s. Comparing …")
        return await play.evidence()
    finally:
        await play.close()


def _leaks(stage: Stage, listener: canary.Listener, wanted: list[bytes]) -> dict[str, tuple[int, int]]:
    lines = [line for printed in stage.lines.values() for line in printed]
    return {
        "Redis commands": (listener.heard, listener.found),
        "of Celery": (listener.celery, 0),
        "Redis keys": (listener.sampled, 0),
        "log lines": (len(lines), canary.in_lines(lines, wanted)),
        "database files": canary.in_files(stage.data / "postgres", wanted),
    }


def _report(play: Any, evidence: Any) -> int:
    from tests.load.lies import LIES, unnoticed
    from tests.load.oracle import judge
    from tests.load.timing import summary

    verdicts = judge(evidence)
    believed = list(unnoticed(evidence))
    _say("\n" + ", ".join(play.faults.log.done) + "\n")
    for name, facts, broken in verdicts:
        _say(f"{name}  {facts}  {'BROKEN' if broken else 'ok'}")
        for line in broken[:5]:
            _say(f"      {line}")
    fallen = play.stage.fallen
    _say(f"--  {len(fallen)} programs fell by themselves  {'BROKEN' if fallen else 'ok'}")
    for line in fallen:
        _say(f"      {line}")
    lies = sum(map(len, LIES.values()))
    _say(f"--  {lies} false records told, {lies - len(believed)} noticed  {'BROKEN' if believed else 'ok'}")
    for line in believed:
        _say(f"      {line}")
    _say("\n" + summary(play))
    return 1 if believed or fallen or any(verdict.broken for verdict in verdicts) else 0


def _write_logs(stage: Stage, folder: Path | None) -> None:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for name, lines in stage.lines.items():
            (folder / f"{name}.log").write_text("\n".join(lines) + "\n")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
