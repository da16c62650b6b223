class Breaker:
    def call(self):
        try:
            work()
        except Exception:
            self.record_failure()

    def __del__(self):
        try:
            self.close()
        except Exception:
            pass
