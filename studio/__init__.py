"""The studio: Gradio owns the page, FastAPI owns uploads and media."""
