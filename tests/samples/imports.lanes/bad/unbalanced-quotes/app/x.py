"""A text.
"""
x = """
import candidate
