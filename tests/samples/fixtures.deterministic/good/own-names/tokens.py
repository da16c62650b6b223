class Clock:
    def time(self):
        return 7


time = Clock()


def random():
    return time.time()


def hash(text):
    return text


TOKEN = hash("a"), random()
