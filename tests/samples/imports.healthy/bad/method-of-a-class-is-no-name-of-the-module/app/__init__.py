class C:
    def load(self):
        pass
