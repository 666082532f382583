"""Starts the studio: reads the settings, builds the services, serves. `python app.py --help` lists the options."""

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # Gradio reads it while it is imported

from core.errors import GiqaError
from core.settings import parse_settings


def main() -> None:
    try:
        settings = parse_settings(sys.argv[1:], os.environ)
        from studio.app import serve  # after the settings: `--help` needs no Gradio

        serve(settings)
    except GiqaError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
