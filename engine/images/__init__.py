"""Pictures and animations as files: decoding, metadata, encoding."""
