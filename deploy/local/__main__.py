"""`python -m deploy.local up|down|status`: the servers of `.local/<name>`, and for `down` its services."""

from __future__ import annotations

import argparse

from deploy.local.jars import LOCAL
from deploy.local.process import ServerError
from deploy.local.stack import Stack
from deploy.local.supervise import service_pids, stop_services


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("verb", choices=["up", "down", "status"])
    parser.add_argument("--name", default="demo", help="which stack under .local/ (default: demo)")
    parser.add_argument("--erase", action="store_true", help="down: forget the data as well")
    chosen = parser.parse_args()
    directory = LOCAL / chosen.name
    stack = Stack(directory)
    if chosen.verb == "up":
        servers = stack.up()
        print(f"export KAFKA_BOOTSTRAP_SERVERS='{servers.bootstrap_servers}'")
        print(f"export DATABASE_URL='{servers.database_url}'")
        print("export SECTION42_TEST_NUMBERS='yes'")
    elif chosen.verb == "down":
        if directory.exists():
            stop_services(directory)
            stack.down(erase=chosen.erase)
    else:
        for name, line in stack.status().items():
            print(f"{name}: {line}")
        for name, pid in service_pids(directory).items():
            print(f"{name}: pid {pid}")


if __name__ == "__main__":
    try:
        main()
    except ServerError as error:
        raise SystemExit(str(error)) from error
