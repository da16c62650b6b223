import pytest


def test_it():
    with pytest.raises(ImportError):
        import app.gone
