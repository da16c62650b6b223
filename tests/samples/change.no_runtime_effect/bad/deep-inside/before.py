class A:
    def f(self):
        if self.x:
            for i in self.y:
                self.z(i, 1)
        return 1
