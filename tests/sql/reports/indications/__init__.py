"""The reading of indications, judged by an answer key that was made before the code list was extended."""
