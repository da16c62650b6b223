TEXT = """
<<<<<<< HEAD
=======
>>>>>>> other
"""
