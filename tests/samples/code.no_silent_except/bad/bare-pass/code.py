def load():
    try:
        work()
    except:
        pass
