"""What coverage reports say, and whether they speak of the code as it is. Data out; nothing is run here."""
