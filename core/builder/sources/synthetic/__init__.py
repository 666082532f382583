"""Pristine photographs degraded on purpose: boxes, types, severities, tags and descriptions are exact, since they come before the pixels."""
