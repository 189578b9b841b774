"""The rules of the house, read by scripts/check and scripts/folder_table. Standard library only, Python 3.9 or newer."""
