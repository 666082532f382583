"""How fast and how heavy the project is, measured beside a peer or a physical limit in one run. Not part of the tests."""
