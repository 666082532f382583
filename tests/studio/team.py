"""A team at one studio, for tests: who asks stands in a header. Only tests take its word."""

from __future__ import annotations

from typing import cast

from fastapi import FastAPI, Request

from core.boxes import Box
from core.grounded_text import compose
from core.images import open_image
from core.records import ImageReference, Record, with_regions
from core.store.image_files import ImageLibrary
from core.store.store import Store
from core.store.values import ProjectSettings
from studio.people import Person, Role, person

HEADER = "X-Test-Person"
"""`ann annotator`: an id and a role."""



def taking_its_word(app: FastAPI) -> FastAPI:
    def named(request: Request) -> Person:
        name, role = request.headers.get(HEADER, "adm admin").split()
        return Person(name, name.title(), cast("Role", role))

    app.dependency_overrides[person] = named
    return app


def as_person(name: str, role: Role = "annotator") -> dict[str, str]:
    return {HEADER: f"{name} {role}"}


def three_tasks(store: Store, images: ImageLibrary, png: bytes) -> tuple[int, tuple[int, ...]]:
    """A project for three people with three tasks, each a description and a box; its number and theirs."""
    stored, image = images.add(png, "roof.png"), open_image(png)
    text, regions = with_regions(compose("The ", ("sky", [Box(0.1, 0.1, 0.5, 0.5)]), " 🗼 is noisy."))
    records = [Record(ImageReference(stored.id, image.size, f"roof{row}.png"), "set", row, regions, (), text) for row in range(3)]
    project = store.add_project("Team", ProjectSettings(overlap=3, guideline="Look closely."))
    return project.id, store.add_proposals(project.id, records, user="adm").tasks
