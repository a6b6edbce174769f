"""What banks say: return files judged line by line, files refused whole, statements, and how all of it agrees."""
