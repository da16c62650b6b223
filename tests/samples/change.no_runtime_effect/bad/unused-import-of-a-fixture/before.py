from tempfile import mkdtemp


def test(mkdtemp): ...
