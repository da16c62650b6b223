from helper import a
