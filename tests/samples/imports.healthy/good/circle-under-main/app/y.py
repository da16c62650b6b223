if __name__ == '__main__':
    import app.x
