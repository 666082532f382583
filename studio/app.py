"""The application: FastAPI with the studio's routes, Gradio's page mounted on it, and the server that answers."""

from __future__ import annotations

import shutil
import socket
import sys
from threading import Thread
from types import FrameType

import gradio as gr
import uvicorn
from fastapi import FastAPI

from core.errors import InvalidSettings, StoreUnavailable
from core.settings import Settings
from studio.accounts_api import invite_link
from studio.addresses import ASSETS
from studio.api import add_routes
from studio.components.page_program import PageProgram
from studio.endpoints import add_endpoints
from studio.people import person
from studio.services import SCRATCH, Services, build_services
from studio.tabs.annotate import build_annotate_tab
from studio.tabs.assess import build_assess_tab, wire_assess_tab
from studio.tabs.bench import build_bench_tab
from studio.tabs.build import build_build_tab
from studio.tabs.compare import build_compare_tab
from studio.tabs.review import build_review_tab
from studio.tabs.score import build_score_tab
from studio.tabs.team import build_team_tab
from studio.tabs.train import build_train_tab

TITLE = "GIQA Studio"
_GRACE_SECONDS = 5  # for what is being sent when the studio is told to stop


def build_app(services: Services) -> FastAPI:
    """The whole application, ready to be served."""
    mounted: FastAPI = gr.mount_gradio_app(
        build_api(services),
        build_page(services),
        path="/",
        theme=_theme(),
        css_paths=[ASSETS / "css" / f"{name}.css" for name in ("annotator", "studio", "annotate", "review", "dashboard", "build", "bench", "train", "scoring", "comparing")],
        favicon_path=str(ASSETS / "favicon.svg"),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        mcp_server=True,
        ssr_mode=False,
        show_error=True,
        max_file_size=services.settings.max_upload_bytes,
        auth_dependency=None if services.settings.auth == "none" else lambda request: person(request).id,
    )
    return mounted


def build_api(services: Services) -> FastAPI:
    """The application without its page: the studio's routes behind the gate."""
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, services)
    return app


def build_page(services: Services) -> gr.Blocks:
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(_HEADER, apply_default_css=False, js_on_load=None)
        if services.settings.auth != "none" or services.keeper:
            PageProgram("people", elem_classes=["giqa-people-place"])
        with gr.Tabs() as tabs:
            with gr.Tab("Assess", id="assess"):
                assess = build_assess_tab(services)
            with gr.Tab("Score", id="score"):
                build_score_tab()
            with gr.Tab("Compare", id="compare"):
                build_compare_tab()
            with gr.Tab("Annotate", id="annotate"):
                build_annotate_tab()
            with gr.Tab("Review", id="review"):
                build_review_tab()
            with gr.Tab("Team", id="team"):
                build_team_tab()
            with gr.Tab("Build", id="build"):
                build_build_tab()
            with gr.Tab("Bench", id="bench"):
                build_bench_tab()
            with gr.Tab("Train", id="train"):
                build_train_tab()
        wire_assess_tab(assess, services, tabs)
        add_endpoints(services)
    return page


def serve(settings: Settings) -> None:
    """Serves until it is stopped. Raises `InvalidSettings` where the address is taken, `StoreUnavailable` where the database server cannot be used."""
    _check_address(settings)
    services = build_services(settings)
    if settings.database_url:
        services.store.open()  # a server that cannot be reached is told now, and not to the first visitor
    shutil.rmtree(settings.data_dir / SCRATCH, ignore_errors=True)  # what an import left that was killed
    server = _Server(services, uvicorn.Config(build_app(services), host=settings.host, port=settings.port, log_level="warning", timeout_graceful_shutdown=_GRACE_SECONDS))
    shown = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    Thread(target=_announce, args=(server, services, f"http://{shown}:{settings.port}"), daemon=True).start()
    if services.keeper:
        services.keeper.start()
    try:
        server.run()
    finally:
        services.jobs.close()
        if services.keeper:
            services.keeper.close()


class _Server(uvicorn.Server):
    """Ends what runs when it is told to stop: it would wait for open replies, and the process for downloads."""

    def __init__(self, services: Services, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._services = services

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        Thread(target=self._end, daemon=True).start()  # not here: a signal can come while this very thread holds a lock
        super().handle_exit(sig, frame)

    def _end(self) -> None:
        self._services.runs.close()
        self._services.models.close()


def _announce(server: uvicorn.Server, services: Services, address: str) -> None:
    """Once the page is served; then the default model is loaded, for the first description should not pay for it."""
    from time import sleep

    while not server.started:
        sleep(0.02)
    print(f"GIQA Studio is open at {address} (Ctrl+C stops it)", flush=True)
    services.models.start()
    try:
        _tell_about_people(services, address)
    except StoreUnavailable as error:
        print(f"Nobody can sign in: {error}", file=sys.stderr, flush=True)


def _tell_about_people(services: Services, address: str) -> None:
    """The way in for the first admin, shown while there is none; a warning where everybody is let in."""
    settings = services.settings
    if settings.auth == "accounts" and (token := services.store.open().accounts.first_admin_link()):
        print(f"There is no admin yet. This link makes you one; it works once, for a week:\n  {invite_link(address, token)}", flush=True)
    if settings.auth == "none" and not settings.is_private:
        print("Everybody who reaches this address may see, change and delete all work here. Start it with --auth accounts to let in invited people only.", flush=True)


def _check_address(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise InvalidSettings(f"Cannot serve on {settings.host}:{settings.port} ({error.strerror}). Name another with --port or --host.") from error


def _theme() -> gr.themes.Base:
    return gr.themes.Base(
        primary_hue=gr.themes.colors.indigo,
        secondary_hue=gr.themes.colors.indigo,
        neutral_hue=gr.themes.colors.slate,
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
        radius_size=gr.themes.sizes.radius_md,
    ).set(button_primary_background_fill="*primary_600", button_primary_background_fill_hover="*primary_700")


_HEADER = """
<header class="giqa-header">
  <h1>GIQA Studio</h1>
  <p>Ask any photograph about its quality: every claim points at its place in the picture.</p>
</header>
"""
