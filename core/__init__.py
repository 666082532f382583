"""Grounded image quality assessment: values, backends and tasks. Knows no Gradio."""
