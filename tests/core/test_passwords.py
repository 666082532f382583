"""Passwords: which are taken, and that only the right one matches."""

import pytest

from core.errors import InvalidInput
from core.passwords import check_password, hashed, matches


@pytest.mark.parametrize(
    ("password", "told"),
    [
        pytest.param("short", "10 to 200 characters, found 5", id="short"),
        pytest.param("x" * 201, "10 to 200 characters, found 201", id="endless"),
        pytest.param("aaaaaaaaaaaa", "guessed at once", id="one character"),
        pytest.param("Anna Åström", "guessed at once", id="the name"),
        pytest.param("nine horses\ud800", "cannot be stored", id="half a character"),
    ],
)
def test_what_is_guessed_or_cannot_be_stored_is_refused(password, told):
    with pytest.raises(InvalidInput, match=told):
        check_password(password, "anna åström")


def test_only_the_right_password_matches_however_a_keyboard_composes_it():
    stored = hashed("höre neun Pferde")
    assert matches(stored, "ho\u0308re neun Pferde")
    assert not matches(stored, "hore neun Pferde")
    assert not matches(None, "nobody's password")
    assert not matches("no hash", "no hash")
    assert hashed("the same twice") != hashed("the same twice")
