"""The running service: started, watched, asked, and ended with all that it started."""
