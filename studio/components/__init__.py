"""Components of the page: Gradio subclasses, each with its JavaScript in `assets/js`."""
