class Reader:
    def load(self):
        try:
            return work()
        except Exception as error:
            return {"status": 200}
