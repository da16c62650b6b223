import uuid, time


def build():
    return _id()


def _id():
    return uuid.uuid4()


def late():
    return time.time()


def nobody_calls_this():
    return uuid.uuid4()
