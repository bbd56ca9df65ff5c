"""What people meet with on machines, networks and files of theirs, in a short form each."""
