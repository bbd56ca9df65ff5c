"""What an operator learns without reading a log: figures and alerts."""
