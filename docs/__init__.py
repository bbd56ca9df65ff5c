"""The documentation: pages in Markdown, some of whose tables are generated from the code."""
