import random
import time

from faker import Faker

fake = Faker()
rng = random.Random()
odd = random.Random(time.time())
safe = random.SystemRandom(7)


def drawn():
    random.seed(time.time())
    return random.choice("abc")
