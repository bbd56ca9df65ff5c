"""The machine that Mazok runs on: its folders, signals, processes and disks."""
