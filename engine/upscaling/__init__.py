"""Make finished pictures larger by networks that were trained for it."""
