"""What is read: the books at a moment, what companies and history say, and what was found."""
