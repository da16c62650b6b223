"""What of an answer is compared with a reference's: its picture, without a single value."""
