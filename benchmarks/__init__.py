"""What the product costs, always as a ratio to a limit measured in the same run. `python run.py bench NAME`."""
